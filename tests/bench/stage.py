"""The benchmark's setup: a vault with real key derivation, AWS over TLS, two agents, and shells that run commands.

Shells in which the kernel refuses its keyring have a home of their own. In a shared one there would be two sessions of
the same profile, and each `env` would put the times of its own into the profile's status file.
"""

from __future__ import annotations

import json
import shutil
import sys
import time
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Self

from shellvault.storage.kernel_keyring import SESSION, MemoryStore
from shellvault.storage.opener import kernel_keyring
from shellvault.storage.sealed.sealed_file import SealedFile
from shellvault.storage.sealed.unlocked_key_cache import UnlockedKeyCache
from shellvault.storage.session_cache import SessionCache
from tests.agent import without_kernel_keyring
from tests.agent.agent_sandbox import AgentSandbox
from tests.aws.authority import write_certificates
from tests.aws.server import AwsServer
from tests.bench.measurement import WITH, WITHOUT
from tests.bench.timed_shell import TimedShell
from tests.sandbox import PASSPHRASE, SHELLVAULT, Sandbox

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Mapping

REFUSED, REFUSED_WITH = "kernel keyring refused", "kernel keyring refused, with agent"
REFUSE = (sys.executable, str(Path(without_kernel_keyring.__file__)))
BASE = """\
[profile base]
region = eu-west-1
"""
ROLE = """\
[profile {}]
role_arn = {}
source_profile = base
region = eu-west-1
"""
SECURE = """\
endpoint_url = {}
ca_bundle = {}
"""


class Stage:
    """A context manager for a sandbox with the key pair `base` and the roles `reader`, `kept` and `closed`.

    Attributes:
        sandbox: the sandbox.
        kept: the test AWS over TLS; it keeps connections open.
        closed: the same, but it closes each connection after one request.
        shells: the shells in which commands are timed, by name.
    """

    def __init__(self, folder: Path) -> None:
        folder.mkdir(exist_ok=True)
        self._folder = folder
        self._open = ExitStack()

    def __enter__(self) -> Self:
        enter, folder = self._open.enter_context, self._folder
        self.ca = folder / "ca.pem"
        certificate = write_certificates(folder, self.ca)
        self.aws = enter(AwsServer())
        self.kept = enter(AwsServer(self.aws.world, certificate=certificate))
        self.closed = enter(AwsServer(self.aws.world, certificate=certificate, keeps_connections=False))
        self.sandbox = Sandbox(folder, self.aws)
        self._open.callback(self.sandbox.purge)
        self._fill_vault()
        refused = _copy_sandbox(self.sandbox, folder / "refused")
        self.agent = self._start_agent(self.sandbox, folder / "run", SHELLVAULT)
        refused_agent = self._start_agent(refused, folder / "refused" / "run", *REFUSE, SHELLVAULT)
        self.shells: Mapping[str, TimedShell] = {
            WITHOUT: enter(TimedShell(self.sandbox.env)),
            WITH: enter(TimedShell(self.agent.sandbox.env)),
            REFUSED: enter(TimedShell(refused.env, REFUSE)),
            REFUSED_WITH: enter(TimedShell(refused_agent.sandbox.env, REFUSE)),
        }
        return self

    def __exit__(self, *_raised: object) -> None:
        self._open.close()

    def clear_sessions(self) -> None:
        """Remove the roles' sessions from the kernel keyring; that of `base` stays, and the vault stays unlocked."""
        for note in SessionCache(MemoryStore(self._kernel, SESSION), time.time, print).notes():
            if note.profile != "base":
                self._kernel.remove(SESSION, note.identity)

    def measure_agent(self) -> float:
        """Return the resident memory of the agent, in MiB."""
        return float(json.loads(self.agent.run("agent", "--json").stdout)["memory_kib"]) / 1024

    def _fill_vault(self) -> None:
        sandbox, world = self.sandbox, self.aws.world
        self._kernel = kernel_keyring(str(sandbox.vault))
        SealedFile(str(sandbox.vault), UnlockedKeyCache(self._kernel), lambda **_new: PASSPHRASE).create(PASSPHRASE)
        sandbox.add("base", world.user().access_key(), "--no-config")
        sandbox.configure(BASE + ROLE.format("reader", world.role("reader").arn))
        for name, aws in (("kept", self.kept), ("closed", self.closed)):
            sandbox.configure(ROLE.format(name, world.role(name).arn) + SECURE.format(aws.url, self.ca))

    def _start_agent(self, sandbox: Sandbox, runtime: Path, *start: str) -> AgentSandbox:
        same = _SameSandbox(sandbox)
        agent = AgentSandbox(same, runtime)
        self._open.callback(agent.end)
        _require(same.command([*start, "agent", "start"]))
        return agent


class _SameSandbox(Sandbox):
    """A sandbox that shares another one's files, with its own environment."""

    def __init__(self, other: Sandbox) -> None:
        self.__dict__.update(vars(other))
        self.env = dict(other.env)


def _copy_sandbox(sandbox: Sandbox, folder: Path) -> Sandbox:
    folder.mkdir()
    copy = Sandbox(folder, sandbox.aws)
    shutil.copytree(sandbox.home, copy.home, dirs_exist_ok=True)
    return copy


def _require(done: subprocess.CompletedProcess[str]) -> None:
    if done.returncode:
        raise RuntimeError(done.stderr)
