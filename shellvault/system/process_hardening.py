"""Keeps the memory of this process from other programs of the same user, and out of core dumps.

A program that this process starts gets the limits that this process had. On Linux the system itself makes it readable
and dumpable again, as any program is.
"""

from __future__ import annotations

import sys

from shellvault.core.record import Record

_SET_DUMPABLE = 4  # prctl(2)


class _Original(Record):
    """What this process had before it was protected."""

    core_limit: tuple[int, int]
    environment: bytes


_original: list[_Original] = []  # empty until this process is protected


def protect_memory() -> None:
    """From now on, let no other program read this process, and write no core dump; call it before the first secret.

    It loads libraries, so it is not for the warm path: what needs only a cached session ends within milliseconds.
    """
    if _original:
        return
    _original.append(_Original(_read_core_limit(), read_environment()))
    _set_core_limit(0)
    if sys.platform == "linux":
        _set_dumpable(0)


def restore_limits() -> None:
    """Restore the limits that a program inherits, before it replaces this one."""
    if _original:
        _set_core_limit(_original[0].core_limit[0])


class OriginalLimits:
    """A context in which to start a program: the program inherits the limits that this process started with."""

    def __enter__(self) -> None:
        restore_limits()

    def __exit__(self, *_raised: object) -> None:
        if _original:
            _set_core_limit(0)


def raise_file_limit(wanted: int) -> int:
    """Raise the number of files that this process may open, if possible; return how many it may open."""
    try:
        from resource import RLIM_INFINITY, RLIMIT_NOFILE, getrlimit, setrlimit
    except ImportError:  # Windows
        return wanted
    soft, hard = getrlimit(RLIMIT_NOFILE)
    if soft == RLIM_INFINITY or soft >= wanted:
        return wanted
    raised = wanted if hard == RLIM_INFINITY else min(wanted, hard)
    try:
        setrlimit(RLIMIT_NOFILE, (raised, hard))
    except (OSError, ValueError):
        return soft
    return raised


def read_environment() -> bytes:
    """Return the environment that this process was given, as the system keeps it; empty if it does not say.

    A protected process may not read it: to the system, the file then belongs to root.
    """
    if _original:
        return _original[0].environment
    try:
        with open("/proc/self/environ", "rb") as file:
            return file.read()
    except OSError:
        return b""


def _read_core_limit() -> tuple[int, int]:
    try:
        from resource import RLIMIT_CORE, getrlimit
    except ImportError:  # Windows
        return 0, 0
    return getrlimit(RLIMIT_CORE)


def _set_core_limit(size: int) -> None:
    """Set the soft limit only: the hard one could not be raised again."""
    try:
        from resource import RLIMIT_CORE, setrlimit

        setrlimit(RLIMIT_CORE, (size, _original[0].core_limit[1]))
    except (ImportError, OSError, ValueError):
        pass


def _set_dumpable(value: int) -> None:
    try:
        from ctypes import CDLL, c_ulong

        CDLL(None).prctl(_SET_DUMPABLE, c_ulong(value), c_ulong(0), c_ulong(0), c_ulong(0))
    except (ImportError, OSError, AttributeError):
        pass
