"""Ends the process when its time is over, wherever it waits; its locks end with it.

A thread keeps the time: a signal would wait until a name look-up has come to its end.
"""

from __future__ import annotations

import _thread
import os
import sys

from shellvault.core.durations import parse_duration
from shellvault.core.errors import AwsUnreachableError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import NoReturn, Self


class Deadline:
    """A context that lasts so long at most.

    Args:
        text: how long, such as `10s`.
        failure: what stdout holds if the time is over.
        instead: called when the time is over; returns what to print, and to succeed with, or the empty string.

    Raises:
        UsageError: `text` is no length of time.
    """

    def __init__(self, text: str, failure: str, instead: Callable[[], str]) -> None:
        self._text = text
        self._seconds = min(parse_duration(text, "SHELLVAULT_TIMEOUT"), _thread.TIMEOUT_MAX)
        self._failure = failure
        self._instead = instead
        self._left = _thread.allocate_lock()
        self._ending = _thread.allocate_lock()

    def __enter__(self) -> Self:
        self._left.acquire()
        _thread.start_new_thread(self._watch, ())
        return self

    def __exit__(self, *_raised: object) -> None:
        self._ending.acquire()  # never got where the time is over: only one of the two may speak
        self._left.release()

    def _watch(self) -> None:
        if not self._left.acquire(timeout=self._seconds):
            with self._ending:
                self._end()

    def _end(self) -> NoReturn:
        if programs := sys.modules.get("shellvault.system.child_program"):  # nothing runs where it was never needed
            programs.end_all()
        if output := self._instead():
            os.write(1, output.encode(errors="surrogateescape"))
            os._exit(0)
        os.write(2, f"error: no new session within {self._text}\n".encode())
        os.write(1, self._failure.encode())
        os._exit(AwsUnreachableError.status)
