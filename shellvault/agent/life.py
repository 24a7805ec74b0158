"""How long an agent waits for what, what it takes along when it becomes small, and how it looks at itself."""

from __future__ import annotations

import os

from shellvault.core.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any


class Times(Record):
    """How long an agent waits, in seconds.

    Attributes:
        idle: without a request, until an agent that holds nothing leaves.
        mintless: without a new session, until an agent that has loaded what asks AWS becomes small again.
        longest_sleep: until it looks around in any case: the clock may be set, and the machine may sleep.
    """

    idle: float = 15 * 60
    mintless: float = 10 * 60
    longest_sleep: float = 60.0


class Memoir(Record):
    """What an agent takes along when it becomes small: when it started, in epoch seconds, and was last asked."""

    started_at: float
    asked_at: float  # in monotonic time
    renewals: Sequence[Mapping[str, Any]]


def identify_file(path: str) -> tuple[int, int, int] | None:
    """Return what tells a file from the next one at its path, which may get the same number; None: there is none."""
    try:
        found = os.lstat(path)
    except OSError:
        return None
    return found.st_dev, found.st_ino, found.st_mtime_ns


def find_resident_size() -> int:
    """Return the memory of this process that is in use, in KiB; 0 where the system does not tell."""
    try:
        with open("/proc/self/statm", encoding="ascii") as file:
            return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") // 1024
    except OSError:
        return 0
