"""A sandbox for one test: its own home, a sealed vault, the test AWS, and shellvault on PATH."""

from __future__ import annotations

import os
import pwd
import re
import shutil
import socket
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from shellvault.agent.runner import NoTerminal
from shellvault.cli import run
from shellvault.own_process import OwnProcess
from shellvault.request import Request
from shellvault.storage.backends import SEALED
from shellvault.storage.opener import kernel_keyring
from shellvault.storage.sealed.sealed_file import SealedFile
from shellvault.storage.sealed.unlocked_key_cache import UnlockedKeyCache
from tests.prepared_process import can_run_prepared, run_prepared
from tests.shells.real_shells import SHELLS, clean_env, find_program

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tests.aws.identities import AccessKey
    from tests.aws.server import AwsServer

TIME_LIMIT = 60  # seconds; only keeps a hanging program from hanging the run
PASSPHRASE = "correct horse battery"
LOW_COST = 10  # of scrypt, instead of 17: half a second for each of thousands of sandboxes adds up to half an hour
SESSION_NAME = re.sub(
    r"[^\w+=,.@-]", "-", f"{pwd.getpwuid(os.getuid()).pw_name}@{socket.gethostname()}", flags=re.ASCII
)[:64]
"""What a session of a role is called unless somebody says otherwise."""
SHELLVAULT = str(Path(sys.executable).with_name("shellvault"))


class Sandbox:
    """Runs shellvault, and shells that use it, in the environment `env`."""

    def __init__(self, folder: Path, aws: AwsServer) -> None:
        self.aws = aws
        self.home = folder / "home"
        self.home.mkdir()
        self.config = self.home / ".aws" / "config"
        self.vault = self.home / ".local" / "share" / "shellvault"
        self.runtime = self.home / "runtime"
        self.runtime.mkdir(0o700)
        passphrase = folder / "passphrase"
        passphrase.touch(0o600)
        passphrase.write_text(f"{PASSPHRASE}\n")
        self.env = clean_env(
            self.home,
            PATH=f"{Path(sys.executable).parent}:{os.environ['PATH']}",
            AWS_ENDPOINT_URL=aws.url,
            AWS_EC2_METADATA_DISABLED="true",
            SHELLVAULT_BACKEND="sealed",
            SHELLVAULT_PASSPHRASE_FILE=str(passphrase),
            NO_PROXY="*",
            XDG_RUNTIME_DIR=str(self.runtime),
        )

    def run(self, *words: str, stdin: str = "", **extra: str) -> subprocess.CompletedProcess[str]:
        """Run shellvault with these arguments, and with `extra` in its environment.

        It is a process of its own; most of them are forked, so that they need not start Python and load botocore first.
        """
        argv, environ, given = [SHELLVAULT, *words], {**self.env, **extra}, stdin.encode()
        if not can_run_prepared(environ, given):
            return self.command(argv, stdin, **extra)
        return self._decode(run_prepared(argv, environ, self.home, given, TIME_LIMIT))

    def command(self, argv: list[str], stdin: str = "", **extra: str) -> subprocess.CompletedProcess[str]:
        """Run any program in this sandbox, started anew."""
        done = subprocess.run(
            [find_program(argv[0]), *argv[1:]],
            input=stdin.encode(),
            env={**self.env, **extra},
            capture_output=True,
            check=False,
            timeout=TIME_LIMIT,
            cwd=self.home,
        )
        return self._decode(done)

    @staticmethod
    def _decode(done: subprocess.CompletedProcess[bytes]) -> subprocess.CompletedProcess[str]:
        out, err = (stream.decode("utf-8", "surrogateescape") for stream in (done.stdout, done.stderr))
        return subprocess.CompletedProcess(done.args, done.returncode, out, err)

    def shell(self, name: str, script: str, **extra: str) -> subprocess.CompletedProcess[str]:
        """Run a script in a real shell, without its rc files."""
        return self.command([*SHELLS[name], "-c", script], **extra)

    def create_vault(self) -> None:
        """Create an empty sealed vault that is cheap to open."""
        unlocked = UnlockedKeyCache(kernel_keyring(str(self.vault)))
        SealedFile(str(self.vault), unlocked, _passphrase, LOW_COST).create(PASSPHRASE)

    def add(self, name: str, key: AccessKey, *words: str) -> None:
        """Store a key pair, replacing any other of that name."""
        if self.env.get("SHELLVAULT_BACKEND") == SEALED and not self.vault.exists():
            self.create_vault()
        argv = ("add", name, "--env", "--force", *words)
        self._run_here(*argv, AWS_ACCESS_KEY_ID=key.id, AWS_SECRET_ACCESS_KEY=key.secret)

    def load_session(self, profile: str) -> None:
        """Cache a profile's session, which a shell then gets without asking AWS for it."""
        self._run_here("env", profile, "--shell", "bash")

    def _run_here(self, *words: str, **extra: str) -> None:
        """Run a command that must succeed, in this process as an agent would, unless the sandbox may have an agent."""
        environ = {**self.env, **extra}
        if (environ.get("SHELLVAULT_BACKEND"), environ["SHELLVAULT_AGENT"]) == (SEALED, "off"):
            answer = run(Request(words, environ, str(self.home), NoTerminal(), OwnProcess()))
            assert answer.status == 0, answer.stderr
            return
        done = self.run(*words, **extra)
        assert done.returncode == 0, done.stderr

    def configure(self, text: str) -> None:
        """Append to the AWS config file."""
        self.config.parent.mkdir(exist_ok=True)
        with self.config.open("a") as file:
            file.write(text)

    def files(self) -> Iterator[Path]:
        """Return every file in the home folder."""
        return (path for path in self.home.rglob("*") if path.is_file())

    def purge(self) -> None:
        """Remove everything this sandbox left in the kernel keyring."""
        kernel_keyring(str(self.vault)).clear()


def _passphrase(*, new: bool) -> str:
    del new
    return PASSPHRASE


def aws_cli() -> str:
    """Return the path of the real AWS CLI, or fail the test that needs it."""
    found = os.environ.get("SHELLVAULT_TEST_AWS") or shutil.which("aws", path=str(Path(sys.executable).parent))
    assert found, "the AWS CLI is not installed, and this test must not pass without it"
    return found


def parse_environment(printed: str) -> Mapping[str, str]:
    """Parse the output of `env -0`."""
    return dict(entry.split("=", 1) for entry in printed.split("\0") if "=" in entry)
