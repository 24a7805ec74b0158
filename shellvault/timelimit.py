"""Ends the process when its time is over, wherever it waits; its locks end with it.

A thread keeps the time, for a signal would wait for a name look-up to end.
"""

from __future__ import annotations

import _thread
import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Self


class TimeLimit:
    """A context that lasts so many seconds at most.

    Args:
        seconds: how long.
        last_words: called when the time is over; returns what is still to be said on stdout, and the exit status.
    """

    def __init__(self, seconds: int, last_words: Callable[[], tuple[str, int]]) -> None:
        self._seconds = seconds
        self._last_words = last_words
        self._ending = _thread.allocate_lock()
        self._left = _thread.allocate_lock()

    def __enter__(self) -> Self:
        self._left.acquire()
        _thread.start_new_thread(self._watch, ())
        return self

    def __exit__(self, *_raised: object) -> None:
        self._ending.acquire()  # never, where the time is over: the process ends meanwhile, and only one of two speaks
        self._left.release()

    def _watch(self) -> None:
        if self._left.acquire(timeout=self._seconds):
            return
        with self._ending:
            output, status = self._last_words()
            os.write(1, output.encode(errors="surrogateescape"))
            os._exit(status)
