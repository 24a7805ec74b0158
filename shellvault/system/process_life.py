"""Tells whether a process still runs, and tells it from a later one that got the same id."""

from __future__ import annotations

import os

_DEAD = ("Z", "X")  # waiting for its parent to ask for its status, or on the way out
_MEMORY = slice(25, 26)  # of the words after the name in /proc/PID/stat: where its stack begins


def find_start(pid: int) -> str:
    """Return what tells this process from others of the same id: when it started; empty if the system does not say."""
    words = _read_stat(pid)
    return words[19] if words and words[0] not in _DEAD else ""


def is_running(pid: int, start: str = "") -> bool:
    """Return whether this process runs; where the system says when processes start, only the one that `start` means."""
    if words := _read_stat(pid):
        return words[0] not in _DEAD and start in ("", words[19])
    if os.path.exists("/proc/self/stat"):
        return False
    return _answers(pid)


def open_process(pid: int) -> int:
    """Return a descriptor that becomes readable when the process ends, or -1 where the system has no such thing."""
    try:
        return os.pidfd_open(pid)
    except (AttributeError, OSError):
        return -1


def find_forker(pid: int) -> int:
    """Return the process of which this one is a copy, as `$(…)` in a shell is; the process itself if it is none.

    A copy has the memory of the original, at the same random address.
    """
    words = _read_stat(pid)
    while words and (parent := int(words[1])) > 1 and words[_MEMORY] != ["0"]:
        above = _read_stat(parent)
        if above[_MEMORY] != words[_MEMORY]:
            break
        pid, words = parent, above
    return pid


def _read_stat(pid: int) -> list[str]:
    """Return the words after the name in /proc/PID/stat; none where there is no such process, or no such file."""
    try:
        with open(f"/proc/{pid}/stat", encoding="utf-8", errors="replace") as file:
            return file.read().rpartition(")")[2].split()
    except OSError:
        return []


def _answers(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:  # another user's
        return True
    return True
