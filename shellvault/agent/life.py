"""An agent's time limits, what it hands over when it becomes small, and what it can tell about itself."""

from __future__ import annotations

import gc
import os
import sys

from shellvault.core.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

_COMMANDS = 20  # after which garbage is collected without waiting for a pause
_COMMANDS_IF_BUSY = 100  # after which it is collected even though clients are waiting


class Times(Record):
    """How long an agent waits, in seconds.

    Attributes:
        idle: after the last request, until an agent that holds nothing ends.
        mintless: after the last new session, until an agent that has loaded botocore becomes small again.
        longest_sleep: between checks of what is due, at most: the clock may be set, and the machine may sleep.
    """

    idle: float = 15 * 60
    mintless: float = 10 * 60
    longest_sleep: float = 60.0


class Memoir(Record):
    """What an agent hands over when it becomes small. It started at `started_at`, in epoch seconds."""

    started_at: float
    asked_at: float  # in monotonic time
    renewals: Sequence[Mapping[str, Any]]


class Sweeper:
    """Collects garbage after commands: Python waits until there are many objects, and these are few, but large."""

    def __init__(self) -> None:
        self._commands = 0
        self._modules = len(sys.modules)

    @property
    def is_due(self) -> bool:
        """Whether a pause would be used to collect garbage."""
        return self._commands > 0

    def note_command(self) -> None:
        """Count a command."""
        self._commands += 1

    def sweep(self, *, is_busy: bool, is_idle: bool) -> None:
        """Collect garbage if there is enough of it: any in a pause, much while clients are waiting."""
        if self._commands > (_COMMANDS_IF_BUSY if is_busy else 0 if is_idle else _COMMANDS):
            self._commands = 0
            gc.collect()
            if is_idle and not is_busy and len(sys.modules) > self._modules:
                self._modules = len(sys.modules)
                gc.freeze()  # loaded modules are not garbage, and scanning them again each time is slow


def identify_file(path: str) -> tuple[int, int, int] | None:
    """Return what tells a file from a later one at its path, even with the same inode number; None: no file."""
    try:
        found = os.lstat(path)
    except OSError:
        return None
    return found.st_dev, found.st_ino, found.st_mtime_ns


def find_resident_size() -> int:
    """Return this process's resident memory, in KiB; 0 if the system does not report it."""
    try:
        with open("/proc/self/statm", encoding="ascii") as file:
            return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") // 1024
    except OSError:
        return 0
