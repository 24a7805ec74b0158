"""Starts agents in a sandbox, looks at them, and ends them by process id."""

from __future__ import annotations

import os
import signal
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from shellvault.agent.agent_client import find_socket, is_answering

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable

    from tests.sandbox import Sandbox

_PATIENCE = 20.0  # seconds until a test gives up; nothing is measured


class AgentSandbox:
    """A sandbox with a runtime folder of its own, in which SHELLVAULT_AGENT is `auto`."""

    def __init__(self, sandbox: Sandbox, runtime: Path) -> None:
        runtime.mkdir(0o700)
        self.sandbox = sandbox
        self.folder = runtime / "shellvault"
        sandbox.env |= {"XDG_RUNTIME_DIR": str(runtime), "SHELLVAULT_AGENT": "auto"}
        self.socket = Path(find_socket(sandbox.env))

    def run(self, *words: str, **extra: str) -> subprocess.CompletedProcess[str]:
        """Run shellvault."""
        return self.sandbox.run(*words, **extra)

    def start(self) -> int:
        """Start an agent, and return its process id."""
        done = self.run("agent", "start")
        assert (done.returncode, done.stderr) == (0, ""), done.stderr
        return self.pid()

    def pid(self) -> int:
        """Return the process id of the one agent."""
        (pid,) = self.pids()
        return pid

    def pids(self) -> list[int]:
        """Return the process ids of all agents of this sandbox, by their command lines."""
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
        """End every agent of this sandbox."""
        for pid in self.pids():
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        wait_until(lambda: not self.pids())


def wait_until(condition: Callable[[], object]) -> None:
    """Wait until a condition holds."""
    end = time.monotonic() + _PATIENCE
    while not condition():
        assert time.monotonic() < end, "it took too long"
        time.sleep(0.02)
