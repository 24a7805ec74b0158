"""Ends the process when its time is up, wherever it waits; its locks end with it.

A thread keeps the time: a signal would be handled only after a name look-up has ended.
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
    """A context that this process leaves in time, or ends in.

    Args:
        text: how long, such as `10s`.
        failure: what stdout must hold when the time is up.
        fall_back: called when the time is up; returns output to succeed with, or the empty string.

    Raises:
        UsageError: `text` is not a duration.
    """

    def __init__(self, text: str, failure: str, fall_back: Callable[[], str]) -> None:
        self._message = f"no new session within {text}"
        self._seconds = min(parse_duration(text, "the limit in SHELLVAULT_TIMEOUT"), _thread.TIMEOUT_MAX)
        self._failure = failure
        self._fall_back = fall_back
        self._left = _thread.allocate_lock()
        self._ending = _thread.allocate_lock()

    def __enter__(self) -> Self:
        self._left.acquire()
        _thread.start_new_thread(self._watch, ())
        return self

    def __exit__(self, *_raised: object) -> None:
        self._ending.acquire()  # never acquired once the time is up: only one of the two threads may print
        self._left.release()

    def _watch(self) -> None:
        if not self._left.acquire(timeout=self._seconds):
            with self._ending:
                self._end()

    def _end(self) -> NoReturn:
        if child_program := sys.modules.get("shellvault.system.child_program"):  # not loaded: no program runs
            child_program.kill_all()
        if output := self._fall_back():
            os.write(1, output.encode(errors="surrogateescape"))
            os._exit(0)
        os.write(2, f"error: {self._message}\n".encode())
        os.write(1, self._failure.encode())
        os._exit(AwsUnreachableError.status)
