"""Finds the process that holds a lock, and whether it can go on; works on Linux, elsewhere the holder is unknown."""

from __future__ import annotations

import os

UNKNOWN = 0
"""The process id of a holder that is not known, such as one on another machine."""


def find_holder(file: int) -> int:
    """Return the id of the process that holds the lock on an open file, or `UNKNOWN`."""
    end = f":{os.fstat(file).st_ino}"
    try:
        with open("/proc/locks", encoding="utf-8", errors="replace") as listing:
            locks = [line.split() for line in listing]
    except OSError:
        return UNKNOWN
    holders = [int(words[4]) for words in locks if words[1] == "FLOCK" and words[5].endswith(end)]  # waiters have `->`
    return next((process for process in holders if process > 0 and _may_have_open(process, file)), UNKNOWN)


def is_stopped(process: int) -> bool:
    """Return whether a process is stopped (Ctrl-Z, SIGSTOP, a debugger), and so answers nobody."""
    try:
        with open(f"/proc/{process}/stat", encoding="utf-8", errors="replace") as file:
            state = file.read().rpartition(")")[2].split()[:1]
    except OSError:
        return False
    return state in (["T"], ["t"])


def _may_have_open(process: int, file: int) -> bool:
    """Return whether a process may have a file open: its number may occur in several file systems."""
    folder, wanted = f"/proc/{process}/fd", os.fstat(file)
    try:
        return any(_is_same(f"{folder}/{number}", wanted) for number in os.listdir(folder))
    except PermissionError:  # a process that nobody may trace keeps this to itself
        return True
    except OSError:
        return False


def _is_same(path: str, wanted: os.stat_result) -> bool:
    try:
        return os.path.samestat(os.stat(path), wanted)
    except OSError:  # closed meanwhile
        return False
