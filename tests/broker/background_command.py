"""Runs several shellvault commands at once, watches them, and signals them."""

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

WAITING_NOTICE = "waiting for another shell"


class CommandOutcome(Record):
    """Exit status and output of a finished command; the status is negative if a signal killed it."""

    status: int
    out: str
    err: str


class BackgroundCommand:
    """A shellvault command running in the background."""

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

    def wait_for_stderr(self, text: str) -> None:
        """Read stderr until it contains this text."""
        assert self.process.stderr is not None
        os.set_blocking(self.process.stderr.fileno(), False)
        end = time.monotonic() + TIME_LIMIT
        while text.encode() not in self._err:
            assert time.monotonic() < end, f"timed out waiting for: {text}"
            assert self.process.poll() is None, f"exited without printing: {text}"
            self._err += self.process.stderr.read() or b""
            time.sleep(0.01)
        os.set_blocking(self.process.stderr.fileno(), True)

    def send_signal(self, number: int) -> None:
        """Send the command a signal."""
        self.process.send_signal(number)

    def wait(self) -> CommandOutcome:
        """Wait for the command to exit."""
        out, err = self.process.communicate(timeout=TIME_LIMIT)
        return CommandOutcome(self.process.returncode, out.decode(), (self._err + err).decode())


def run_concurrently(sandbox: Sandbox, count: int, *words: str) -> list[CommandOutcome]:
    """Run `count` instances of a command concurrently and return their outcomes."""
    started = [BackgroundCommand(sandbox, *words) for _ in range(count)]
    return [running.wait() for running in started]


def count_distinct(texts: Iterable[str | bytes]) -> int:
    """Count the distinct texts, so that a failing assertion does not print secrets."""
    return len(set(texts))


def start_waiters(sandbox: Sandbox, count: int, *words: str) -> list[BackgroundCommand]:
    """Start `count` instances of a command and return once each has reported that it is waiting."""
    started = [BackgroundCommand(sandbox, *words) for _ in range(count)]
    for running in started:
        running.wait_for_stderr(WAITING_NOTICE)
    return started


def list_lock_files(sandbox: Sandbox) -> list[str]:
    """Return the names of the refresh lock files that exist."""
    folder = sandbox.vault / "locks"
    return [path.name for path in folder.iterdir()] if folder.exists() else []
