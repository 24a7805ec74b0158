"""Tells whether a process is still running, or whether a later one has its id."""

from __future__ import annotations

import os
import sys

_DEAD = ("Z", "X")  # a zombie, or exiting
_MEMORY = slice(25, 26)  # where the stack begins, among the words after the name in /proc/PID/stat


def find_start(pid: int) -> str:
    """Return when a process started, which tells it from others with the same id; empty if the system does not say."""
    words = _read_stat(pid)
    return words[19] if words and words[0] not in _DEAD else ""


def is_running(pid: int, start: str = "") -> bool:
    """Return whether this process is running; a given `start` must match if the system reports start times."""
    if words := _read_stat(pid):
        return words[0] not in _DEAD and start in ("", words[19])
    if os.path.exists("/proc/self/stat"):
        return False
    return sys.platform == "win32" or _answers(pid)  # on Windows, the question itself would end the process


def open_process(pid: int) -> int:
    """Return a descriptor that becomes readable when the process ends, or -1 if the system has none."""
    try:
        return os.pidfd_open(pid)
    except (AttributeError, OSError):
        return -1


def find_forker(pid: int) -> int:
    """Return the process that this one is a fork of, as `$(…)` in a shell is; the process itself if it is not a fork.

    A fork has its stack at the same random address as the original.
    """
    words = _read_stat(pid)
    while words and (parent := int(words[1])) > 1 and words[_MEMORY] != ["0"]:
        above = _read_stat(parent)
        if above[_MEMORY] != words[_MEMORY]:
            break
        pid, words = parent, above
    return pid


def _read_stat(pid: int) -> list[str]:
    """Return the words after the name in /proc/PID/stat; none if there is no such process, or no such file."""
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
