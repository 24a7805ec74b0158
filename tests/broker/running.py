"""Many shellvaults at once: started, watched while they run, and ended."""

from __future__ import annotations

import os
import subprocess
import time
from typing import TYPE_CHECKING

from shellvault.core.record import Record
from tests.sandbox import SHELLVAULT, TIME_LIMIT

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tests.sandbox import Sandbox

WAITING = "waiting for another shell"


class Outcome(Record):
    """What a process left behind; `killed` processes have a negative status."""

    status: int
    out: str
    err: str


class Running:
    """One `shellvault` that was started with these words."""

    def __init__(self, sandbox: Sandbox, *words: str, **extra: str) -> None:
        self.process = subprocess.Popen(
            [SHELLVAULT, *words],
            env={**sandbox.env, **extra},
            cwd=sandbox.home,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        self._err = b""

    def wait_until_it_says(self, text: str) -> None:
        """Read its stderr until these words are in it."""
        assert self.process.stderr is not None
        os.set_blocking(self.process.stderr.fileno(), False)
        end = time.monotonic() + TIME_LIMIT
        while text.encode() not in self._err:
            assert time.monotonic() < end, f"it never said: {text}"
            assert self.process.poll() is None, f"it ended without saying: {text}"
            self._err += self.process.stderr.read() or b""
            time.sleep(0.01)
        os.set_blocking(self.process.stderr.fileno(), True)

    def kill(self, number: int) -> None:
        """Send it a signal."""
        self.process.send_signal(number)

    def outcome(self) -> Outcome:
        """Wait for its end."""
        out, err = self.process.communicate(timeout=TIME_LIMIT)
        return Outcome(self.process.returncode, out.decode(), (self._err + err).decode())


def at_once(sandbox: Sandbox, many: int, *words: str) -> list[Outcome]:
    """Start so many of one command at the same moment and return how each ended."""
    started = [Running(sandbox, *words) for _ in range(many)]
    return [running.outcome() for running in started]


def distinct(texts: Iterable[str | bytes]) -> int:
    """Return how many different texts there are, so that an assertion need not show them."""
    return len(set(texts))


def waiting(sandbox: Sandbox, many: int, *words: str) -> list[Running]:
    """Start so many of one command, and return when each of them has said that it waits."""
    started = [Running(sandbox, *words) for _ in range(many)]
    for running in started:
        running.wait_until_it_says(WAITING)
    return started


def lock_files(sandbox: Sandbox) -> list[str]:
    """Return the lock files of refreshes that are there."""
    folder = sandbox.vault / "locks"
    return [path.name for path in folder.iterdir()] if folder.exists() else []
