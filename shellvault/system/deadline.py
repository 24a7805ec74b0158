"""Answers when the time is up, wherever the command waits; and the clock that goes on while the machine sleeps.

A thread keeps the time: a signal would be handled only after a name look-up has ended.
"""

from __future__ import annotations

import _thread
import time

from shellvault.core.durations import parse_timeout

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Self

_CLOCK_DURING_SLEEP = getattr(time, "CLOCK_BOOTTIME", getattr(time, "CLOCK_MONOTONIC_RAW", None))  # Linux, macOS


def time_since_boot() -> float:
    """Return the seconds since boot, including sleep if the system has a clock for that."""
    return time.monotonic() if _CLOCK_DURING_SLEEP is None else time.clock_gettime(_CLOCK_DURING_SLEEP)


class Deadline:
    """A context with a time limit; if it is still running by then, `on_expiry` is called.

    Args:
        text: how long, such as `10s`.
        on_expiry: called in another thread with the reason; usually it ends the process.

    Raises:
        UsageError: `text` is not a duration.
    """

    def __init__(self, text: str, on_expiry: Callable[[str], None]) -> None:
        self._reason = f"no new session within {text}"
        self._seconds = min(parse_timeout(text), _thread.TIMEOUT_MAX)
        self._on_expiry = on_expiry
        self._left = _thread.allocate_lock()
        self._ending = _thread.allocate_lock()

    def __enter__(self) -> Self:
        self._left.acquire()
        _thread.start_new_thread(self._watch, ())
        return self

    def __exit__(self, *_raised: object) -> None:
        self._ending.acquire()  # not while the other thread answers: only one of them may
        self._left.release()

    def _watch(self) -> None:
        if not self._left.acquire(timeout=self._seconds):
            with self._ending:
                self._on_expiry(self._reason)
