"""The far side of an ssh connection: OpenSSH's own server on loopback, with a home and a runtime folder of its own."""

from __future__ import annotations

import os
import random
import shutil
import signal
import socket
import stat
import subprocess
import sys
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from tests.agent.agent_sandbox import wait_until
from tests.endpoint.serving import NODE_PACKAGES
from tests.sandbox import SHELLVAULT, TIME_LIMIT
from tests.shells.real_shells import find_program

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tests.agent.agent_sandbox import AgentSandbox

_SERVER = """\
Port {port}
ListenAddress 127.0.0.1
HostKey {folder}/host_key
AuthorizedKeysFile {folder}/authorized_keys
PidFile none
UsePAM no
StrictModes no
PermitRootLogin yes
PasswordAuthentication no
KbdInteractiveAuthentication no
SetEnv {variables}
"""
_CLIENT = """\
Host far
  HostName 127.0.0.1
  Port {port}
Host *
  IdentityFile {folder}/key
  IdentitiesOnly yes
  IdentityAgent none
  UserKnownHostsFile {folder}/known_hosts
  StrictHostKeyChecking accept-new
  LogLevel ERROR
"""
_PRIVILEGE_SEPARATION = Path("/run/sshd")  # a server that runs as root insists on this folder


class FarSide:
    """A machine that the sandbox of `agents` reaches as `far`, by a config file for ssh's option `-F`."""

    def __init__(self, agents: AgentSandbox, folder: Path) -> None:
        self.agents = agents
        self.folder = folder
        self.home, self.runtime = folder / "home", folder / "run"
        for each in (folder, self.home, self.runtime):
            each.mkdir(0o700)
        for name in ("host_key", "key"):
            argv = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(folder / name)]
            subprocess.run(argv, check=True, timeout=TIME_LIMIT)
        self.allow_key()
        self.port = find_port()
        (folder / "client").write_text(_CLIENT.format(port=self.port, folder=folder))
        self.variables = {
            "HOME": str(self.home),
            "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
            "XDG_RUNTIME_DIR": str(self.runtime),
            "AWS_ENDPOINT_URL": agents.sandbox.aws.url,
            "AWS_EC2_METADATA_DISABLED": "true",
            "NODE_PATH": str(NODE_PACKAGES),
            "NO_PROXY": "*",
            "LC_ALL": "C.UTF-8",
        }
        self._server: subprocess.Popen[bytes] | None = None

    def allow_key(self, *options: str) -> None:
        """Let the sandbox log in, with these options of authorized_keys."""
        key = (self.folder / "key.pub").read_text()
        (self.folder / "authorized_keys").write_text(f"{','.join(options)} {key}")

    def log_in_to(self, shell: str) -> None:
        """Make this the login shell: it gets the variable SHELL, and reads what it has to run after `-c`."""
        path = self.folder / shell
        path.symlink_to(find_program("busybox" if shell == "ash" else shell))
        self.allow_key(f'command="SHELL={path}; export SHELL; exec {path} -c \\"$SSH_ORIGINAL_COMMAND\\""')

    def restart(self, *settings: str) -> None:
        """Start the server, or another one in its place, with more lines for its config file."""
        self.stop()
        variables = " ".join(f'"{name}={value}"' for name, value in self.variables.items())
        text = _SERVER.format(port=self.port, folder=self.folder, variables=variables)
        config = self.folder / "server"
        config.write_text("\n".join([*settings, text]))  # the first of several values counts
        if os.geteuid() == 0:
            _PRIVILEGE_SEPARATION.mkdir(0o755, exist_ok=True)
        program = shutil.which("sshd", path=f"{os.environ['PATH']}:/usr/sbin:/sbin")
        assert program, "sshd is not installed, and this test must not pass without it"
        self._start([program, "-D", "-e", "-f", str(config)])
        if not self._is_listening():  # another test may have looked at this port just then
            self._start([program, "-D", "-e", "-f", str(config)])
        assert self._is_listening(), (self.folder / "log").read_text()

    def _start(self, argv: Sequence[str]) -> None:
        """Start a server, and wait until it listens or has ended."""
        with (self.folder / "log").open("ab") as log:
            server = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stderr=log, start_new_session=True)
        self._server = server
        wait_until(lambda: self._is_listening() or server.poll() is not None)

    def stop(self) -> None:
        """Kill the server and its connections."""
        if self._server:
            for pid in (*find_children(self.server), self.server):
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            self._server.wait()

    @property
    def server(self) -> int:
        """The server's process."""
        assert self._server
        return self._server.pid

    def servers(self) -> list[int]:
        """Return the processes that serve one connection each."""
        return [pid for pid in find_children(self.server) if Path(f"/proc/{pid}/comm").read_text().startswith("sshd")]

    def _is_listening(self) -> bool:
        with socket.socket() as line:
            return line.connect_ex(("127.0.0.1", self.port)) == 0

    def ssh(self, *words: str) -> list[str]:
        """Return an ssh command line for this far side, whose host is `far`."""
        return ["ssh", "-F", str(self.folder / "client"), *words]

    def lend(self, *words: str, options: Sequence[str] = ()) -> list[str]:
        """Return a command line that lends the profile `reader` to `ssh` with these words."""
        return [SHELLVAULT, "lend", "reader", *options, "--", *self.ssh(*words)]

    def run(self, *words: str, options: Sequence[str] = (), stdin: str = "") -> subprocess.CompletedProcess[str]:
        """Lend the profile `reader` to `ssh` with these words, and wait for its end."""
        return self.agents.sandbox.command(self.lend(*words, options=options), stdin)

    def plain(self, *words: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
        """Run `ssh` itself with these words."""
        return self.agents.sandbox.command(self.ssh(*words), stdin)

    @contextmanager
    def lent(self, *words: str, options: Sequence[str] = ()) -> Iterator[subprocess.Popen[str]]:
        """Lend in the background until the end of the block at most; it is lent when the block starts."""
        env, cwd, pipe = self.agents.sandbox.env, self.agents.sandbox.home, subprocess.PIPE
        argv = self.lend(*words, options=options)
        with subprocess.Popen(argv, env=env, cwd=cwd, text=True, stdin=pipe, stdout=pipe, stderr=pipe) as process:
            try:
                assert process.stderr
                line = ""
                while "lent to 'ssh" not in line:
                    line = process.stderr.readline()
                    assert line, "it ended before it had lent anything"
                yield process
            finally:
                process.kill()

    def files(self) -> list[Path]:
        """Return what is in the runtime folder of the far side."""
        walk = os.walk(self.runtime)  # it does not mind what is removed meanwhile
        return sorted(Path(folder) / name for folder, folders, files in walk for name in (*folders, *files))


def find_port() -> int:
    """Return a free port that no other program gets for a connection: servers here start more than once on theirs."""
    while True:
        port = random.randrange(20_000, 32_000)  # noqa: S311 - no secret
        with suppress(OSError), socket.create_server(("127.0.0.1", port)):
            return port


def find_children(pid: int) -> list[int]:
    """Return the processes that a process has started, and those that they have started."""
    try:
        found = [int(word) for word in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except OSError:  # it has ended
        return []
    return [*found, *(each for child in found for each in find_children(child))]


def mode(path: Path) -> int:
    """Return the permissions of a file."""
    return stat.S_IMODE(path.stat().st_mode)
