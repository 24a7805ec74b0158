"""Applies a blocking function to many values, a few at a time, and yields the results in the order of the values.

The threads do not keep the process alive: Ctrl-C ends the wait at once.
"""

from __future__ import annotations

import threading
from collections import deque
from concurrent.futures import Future
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

Value = TypeVar("Value")
Result = TypeVar("Result")


def map_in_order(action: Callable[[Value], Result], values: Sequence[Value], at_once: int) -> Iterator[Result]:
    """Yield `action` of each value; at most `at_once` calls run at a time.

    Raises:
        BaseException: what the first of these calls raised, in the order of the values; no more are started then.
    """
    futures: list[Future[Result]] = [Future() for _ in values]
    waiting = deque(zip(futures, values, strict=True))
    for _ in range(min(at_once, len(values))):
        threading.Thread(target=_work, args=(action, waiting), daemon=True).start()
    try:
        for future in futures:
            yield future.result()
    finally:
        waiting.clear()


def _work(action: Callable[[Value], Result], waiting: deque[tuple[Future[Result], Value]]) -> None:
    while waiting:
        try:
            future, value = waiting.popleft()
        except IndexError:  # another thread took the last one
            return
        try:
            future.set_result(action(value))
        except BaseException as error:  # noqa: BLE001 - it is raised again by whoever waits
            waiting.clear()
            future.set_exception(error)
