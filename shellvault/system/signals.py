"""Contexts that handle signals that stop or end this process: they do what must come first, or delay the signal."""

from __future__ import annotations

import _signal
import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType
    from typing import Self

ALARM = int(getattr(_signal, "SIGALRM", 0))
"""The signal that `set_alarm` sets a timer for; 0 on Windows, which has none."""
_FATAL = ("SIGTERM", "SIGHUP", "SIGQUIT")


class RestoreOnSignal:
    """A context in which `restore` is called before a signal ends this process.

    Signals that are ignored stay ignored, as under nohup. In other threads than the main one it does nothing: whoever
    started them has to call `restore`.
    """

    def __init__(self, restore: Callable[[], None]) -> None:
        self._restore = restore

    def __enter__(self) -> None:
        self._before = {number: _signal.getsignal(number) for number in _handled(*_FATAL) if _is_main_thread()}
        for number in self._before:
            _signal.signal(number, self._restore_and_die)

    def __exit__(self, *_raised: object) -> None:
        for number, handler in self._before.items():
            _signal.signal(number, handler)

    def _restore_and_die(self, number: int, _frame: FrameType | None) -> None:
        self._restore()
        _signal.signal(number, self._before[number])
        os.kill(os.getpid(), number)


class AroundSuspend:
    """A context in which `before` is called before Ctrl-Z stops this process, and `after` when it goes on.

    SIGSTOP cannot be caught: after it, only `after` is called. Signals that are ignored stay ignored.
    """

    def __init__(self, before: Callable[[], None], after: Callable[[], None]) -> None:
        self._before = before
        self._after = after

    def __enter__(self) -> None:
        self._handlers = {number: _signal.getsignal(number) for number in _handled("SIGTSTP", "SIGCONT")}
        self._handle()

    def __exit__(self, *_raised: object) -> None:
        for number, handler in self._handlers.items():
            _signal.signal(number, handler)

    def _handle(self) -> None:
        for number in self._handlers:
            _signal.signal(number, self._go_on if number == _signal.SIGCONT else self._stop)

    def _stop(self, number: int, _frame: FrameType | None) -> None:
        self._before()
        _signal.signal(number, _signal.SIG_DFL)
        os.kill(os.getpid(), number)
        self._handle()
        self._after()  # where nobody could continue us, as in an orphaned group, the system does not stop us

    def _go_on(self, _number: int, _frame: FrameType | None) -> None:
        self._after()


class DeferInterrupt:
    """A context in which Ctrl-C only sets `interrupted`, for steps that must not be left half done.

    In other threads than the main one it does nothing: they are never interrupted.
    """

    def __init__(self) -> None:
        self.interrupted = False

    def __enter__(self) -> Self:
        self._before = _signal.getsignal(_signal.SIGINT)
        if self._before != _signal.SIG_IGN and _is_main_thread():  # a program that is started now must inherit that
            _signal.signal(_signal.SIGINT, self._note)
        return self

    def __exit__(self, *_raised: object) -> None:
        if _is_main_thread():
            _signal.signal(_signal.SIGINT, self._before)

    def _note(self, _number: int, _frame: FrameType | None) -> None:
        self.interrupted = True


class CountSignals:
    """A context in which Ctrl-C, SIGTERM and SIGHUP are only counted; each also writes a byte to a pipe.

    `number` is the first one, or 0. Signals that are ignored stay ignored.

    Args:
        pipe: the writing end, which must not block.
    """

    def __init__(self, pipe: int) -> None:
        self.count = 0
        self.number = 0
        self._pipe = pipe

    def __enter__(self) -> Self:
        self._before = {number: _signal.getsignal(number) for number in _handled("SIGINT", "SIGTERM", "SIGHUP")}
        self._pipe_before = _signal.set_wakeup_fd(self._pipe, warn_on_full_buffer=False)
        for number in self._before:
            _signal.signal(number, self._note)
        return self

    def __exit__(self, *_raised: object) -> None:
        _signal.set_wakeup_fd(self._pipe_before)
        for number, handler in self._before.items():
            _signal.signal(number, handler)

    def _note(self, number: int, _frame: FrameType | None) -> None:
        self.count += 1
        self.number = self.number or number


class CallOnTermination:
    """A context of a background process: SIGTERM calls `action`; hanging up and Ctrl-C do nothing."""

    def __init__(self, action: Callable[[], None]) -> None:
        self._action = action

    def __enter__(self) -> None:
        self._before = {number: _signal.getsignal(number) for number in _numbers("SIGTERM", "SIGHUP", "SIGINT")}
        for number in self._before:
            _signal.signal(number, _signal.SIG_IGN)
        _signal.signal(_signal.SIGTERM, lambda _number, _frame: self._action())

    def __exit__(self, *_raised: object) -> None:
        for number, handler in self._before.items():
            _signal.signal(number, handler)


class SignalsToSocket:
    """A context in which the number of each signal that has a handler, and of the alarm, is also written to a socket.

    The main thread can wait for that. Python calls a handler only between two instructions, which may be too late.

    Args:
        file: the socket's descriptor, which must not block.
    """

    def __init__(self, file: int) -> None:
        self._file = file

    def __enter__(self) -> None:
        self._before = _signal.set_wakeup_fd(self._file, warn_on_full_buffer=False)
        _signal.signal(ALARM, lambda _number, _frame: None)
        _signal.pthread_sigmask(_signal.SIG_UNBLOCK, [ALARM])  # whoever started this process may have blocked it

    def __exit__(self, *_raised: object) -> None:
        set_alarm(0)
        _signal.set_wakeup_fd(self._before)


def set_alarm(seconds: float) -> float:
    """Set the timer for the alarm, or stop it with 0; return the seconds that were left on it."""
    return float(_signal.setitimer(_signal.ITIMER_REAL, seconds)[0])


class IgnoreSuspend:
    """A context in which Ctrl-Z does nothing."""

    def __enter__(self) -> None:
        self._before = {number: _signal.signal(number, _signal.SIG_IGN) for number in _numbers("SIGTSTP")}

    def __exit__(self, *_raised: object) -> None:
        for number, handler in self._before.items():
            _signal.signal(number, handler)


def _is_main_thread() -> bool:
    threading = sys.modules.get("threading")  # not loaded: nobody has started a thread that asks
    return threading is None or threading.current_thread() is threading.main_thread()


def _numbers(*names: str) -> list[int]:
    """Return the numbers of the signals that this system has."""
    return [int(getattr(_signal, name)) for name in names if hasattr(_signal, name)]


def _handled(*names: str) -> list[int]:
    """Return the numbers of those signals that are not ignored, and whose handler can be set again."""
    return [number for number in _numbers(*names) if _signal.getsignal(number) not in (_signal.SIG_IGN, None)]
