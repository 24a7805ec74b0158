"""Runs calls that may block forever, with a time limit; Ctrl-C ends the wait at once.

The work runs in a thread that is abandoned once its time is up: a name lookup cannot be interrupted.
"""

from __future__ import annotations

import _thread
import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TypeVar

    Result = TypeVar("Result")


def call_in_time(action: Callable[[], Result], limit: float, quiet: float, on_wait: Callable[[], None]) -> Result:
    """Return the result of `action`; `on_wait` is called once after `quiet` seconds.

    Raises:
        TimeoutError: it took longer than `limit` seconds.
        BaseException: whatever `action` raised.
    """
    results: list[Result] = []
    errors: list[BaseException] = []
    done = _thread.allocate_lock()
    done.acquire()

    def work() -> None:
        try:
            results.append(action())
        except BaseException as error:  # noqa: BLE001 - it is raised again by whoever waits
            errors.append(error)
        finally:
            done.release()

    end = time.monotonic() + limit
    _thread.start_new_thread(work, ())
    is_done = done.acquire(timeout=min(quiet, limit))
    if not is_done:
        on_wait()
        is_done = done.acquire(timeout=max(0.0, end - time.monotonic()))
    if errors:
        raise errors[0]
    if results:
        return results[0]
    raise TimeoutError
