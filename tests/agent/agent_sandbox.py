"""Starts agents in a sandbox, inspects them, and kills them by process id."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from shellvault import __version__, find_place, find_socket, pack
from shellvault.agent_contact import is_answering
from tests.agent import hasty_agent, without_kernel_keyring
from tests.sandbox import SHELLVAULT

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.sandbox import Sandbox

_PATIENCE = 60.0  # seconds until a test gives up; never a measured time


class AgentSandbox:
    """A sandbox with a runtime folder of its own, in which SHELLVAULT_AGENT is `auto`."""

    def __init__(self, sandbox: Sandbox, runtime: Path) -> None:
        runtime.mkdir(0o700)
        self.sandbox = sandbox
        self.folder = runtime / "shellvault"
        sandbox.env |= {"XDG_RUNTIME_DIR": str(runtime), "SHELLVAULT_AGENT": "auto"}
        self.socket = Path(find_socket(sandbox.env))

    def run(self, *words: str, **extra: str) -> subprocess.CompletedProcess[str]:
        """Run shellvault, started anew: what its process is and does is the point of these tests."""
        return self.sandbox.command([SHELLVAULT, *words], **extra)

    def start(self) -> int:
        """Start an agent, and return its process id."""
        done = self.run("agent", "start")
        assert (done.returncode, done.stderr) == (0, ""), done.stderr
        return self.pid()

    def run_without_kernel_keyring(self, *words: str, **extra: str) -> subprocess.CompletedProcess[str]:
        """Run shellvault where the kernel refuses its keyring."""
        return self.sandbox.command([sys.executable, without_kernel_keyring.__file__, SHELLVAULT, *words], **extra)

    def start_without_kernel_keyring(self) -> int:
        """Start an agent that keeps sessions in its own memory, and return its process id."""
        assert self.run_without_kernel_keyring("agent", "start").returncode == 0
        return self.pid()

    def start_hasty(self, **times: float) -> int:
        """Start an agent with shorter times, given by the names of `Times`."""
        return self._start_hasty([], times)

    def start_hasty_without_kernel_keyring(self, **times: float) -> int:
        """Start an agent with shorter times that keeps sessions in its own memory."""
        return self._start_hasty([sys.executable, without_kernel_keyring.__file__], times)

    def _start_hasty(self, prefix: list[str], times: dict[str, float]) -> int:
        self.folder.mkdir(0o700, exist_ok=True)
        argv = [*prefix, sys.executable, "-I", hasty_agent.__file__, str(self.socket)]
        environ = {name: self.sandbox.env[name] for name in ("HOME", "PATH", "XDG_RUNTIME_DIR")}
        words = [f"{name}={seconds}" for name, seconds in times.items()]
        subprocess.Popen([*argv, *words], env=environ, start_new_session=True, cwd="/")  # killed by `end`
        wait_until(self.is_answering)
        return self.pid()

    def start_version(self, version: str, home: str = "") -> subprocess.Popen[bytes]:
        """Start an agent of another version, for this sandbox's vault unless another home is given."""
        environ = self.sandbox.env | ({"SHELLVAULT_HOME": home} if home else {})
        path = find_socket(environ).replace(f"/{__version__}-", f"/{version}-")
        code = "import sys, shellvault\nshellvault.__version__ = sys.argv.pop(2)\n"
        code += "from shellvault.agent.process import main\nmain()"
        argv = [sys.executable, "-c", code, path, version]
        process = subprocess.Popen(argv, env=environ, start_new_session=True, cwd=Path(__file__).parents[2])
        wait_until(lambda: is_answering(path))
        return process

    def send(self, *fields: bytes) -> socket.socket:
        """Send a request, and return the connection on which the answer will arrive."""
        return self.send_as_version(__version__, *fields)

    def send_as_version(self, version: str, *fields: bytes) -> socket.socket:
        """Send a request as a client of another version would."""
        request = pack([version.encode(), find_place(), *fields])
        return self.send_raw(len(request).to_bytes(4) + request)

    def send_raw(self, data: bytes) -> socket.socket:
        """Send these bytes, which need not be a request, and return the connection."""
        connection = socket.socket(socket.AF_UNIX)
        connection.connect(str(self.socket))  # without a time limit, it waits while the agent's backlog is full
        connection.settimeout(_PATIENCE)
        with suppress(BrokenPipeError, ConnectionResetError):  # the agent may hang up early
            connection.sendall(data)
        return connection

    def run_many(self, *words: str, times: int = 50, beside: Callable[[], None] = lambda: None) -> list[str]:
        """Run a command many times in parallel while calling `beside`; return the stderr of each run that failed."""
        with ThreadPoolExecutor(times) as pool:
            running = [pool.submit(self.run, *words) for _ in range(times)]
            beside()
            return [done.stderr for done in (each.result() for each in running) if done.returncode != 0]

    def pid(self) -> int:
        """Return the process id of the only agent."""
        (pid,) = self.pids()
        return pid

    def pids(self) -> list[int]:
        """Return the process ids of this sandbox's agents, found by their command lines."""
        found = []
        for entry in Path("/proc").iterdir():
            with suppress(OSError):
                if entry.name.isdecimal() and os.fsencode(self.socket) in (entry / "cmdline").read_bytes().split(b"\0"):
                    found.append(int(entry.name))
        return found

    def is_answering(self) -> bool:
        """Return whether an agent accepts connections."""
        return is_answering(str(self.socket))

    def end(self) -> None:
        """Kill every agent of this sandbox."""
        for pid in self.pids():
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        wait_until(lambda: not self.pids())


def wait_until(condition: Callable[[], object]) -> None:
    """Wait until a condition holds, or fail."""
    end = time.monotonic() + _PATIENCE
    while not condition():
        assert time.monotonic() < end, "it took too long"
        time.sleep(0.02)
