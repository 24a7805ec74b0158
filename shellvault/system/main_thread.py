"""Runs other threads' calls in the main thread, because only there can a command ask questions and handle signals."""

from __future__ import annotations

import queue
import threading
from typing import TYPE_CHECKING, Generic, TypeVar

from shellvault.core.errors import CancelledError

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import NoReturn

Result = TypeVar("Result")


class _Call(Generic[Result]):
    """A call that is waiting to run in the main thread."""

    def __init__(self, action: Callable[[], Result]) -> None:
        self._action = action
        self._done = threading.Event()
        self._results: list[Result] = []
        self._errors: list[Exception] = []

    def run(self) -> None:
        try:
            self._results.append(self._action())
        except Exception as error:  # noqa: BLE001 - it is raised again in the thread that waits
            self._errors.append(error)
        finally:
            self._done.set()

    def wait(self) -> Result:
        self._done.wait()
        if self._errors:
            raise self._errors[0]
        if not self._results:
            raise CancelledError("the command ended before it had an answer")
        return self._results[0]


def _interrupt() -> NoReturn:
    raise KeyboardInterrupt


class MainThread:
    """The calls that are waiting for the main thread."""

    def __init__(self) -> None:
        self._calls: queue.SimpleQueue[Callable[[], None]] = queue.SimpleQueue()

    def call(self, action: Callable[[], Result]) -> Result:
        """Return what `action` returns in the main thread, or raise what it raises; call this from another thread."""
        call = _Call(action)
        self._calls.put(call.run)
        return call.wait()

    def stop(self) -> None:
        """End `run_forever` as Ctrl-C does; call this from another thread."""
        self._calls.put(_interrupt)

    def run_forever(self) -> NoReturn:
        """Run the calls, one after another, until a signal ends this, or `stop`."""
        while True:
            self._calls.get()()
