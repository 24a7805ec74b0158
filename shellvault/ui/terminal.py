"""Asks on the terminal device, so that it works inside `$(…)` with stdin and stdout redirected."""

from __future__ import annotations

import os
import select
import signal
import termios
import time
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

from shellvault.core.errors import NotAskedError, PersonNeededError
from shellvault.core.record import Secret

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import FrameType

    from shellvault.ui.mfa.question import Question

PATIENCE = 180  # seconds that a question waits: its asker may hold a lock that other shells wait for
_LOOK = 0.2  # seconds: Python would not see a signal that came just before it began to wait
_ECHO = 3  # index of the local flags in termios.tcgetattr()
_FATAL = (signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT)


def code(question: Question) -> str:
    """Return what the person typed, which is shown: a code is worth nothing a minute later."""
    return ask(f"{question.text}: ")


def ask(question: str, *, hidden: bool = False) -> Secret:
    """Ask one question and return the line typed, without its newline.

    Raises:
        PersonNeededError: there is no terminal, we are in its background, or nobody answered.
        KeyboardInterrupt: Ctrl-C.
    """
    with _terminal() as tty, _unstoppable():
        try:
            return _unseen(tty, question) if hidden else _converse(tty, question)
        except (KeyboardInterrupt, PersonNeededError):
            _tell(tty, b"\n")  # what comes next begins its own line
            raise


@contextmanager
def _terminal() -> Iterator[int]:
    try:
        tty = os.open("/dev/tty", os.O_RDWR | os.O_NOCTTY | os.O_CLOEXEC)
    except OSError:
        raise NotAskedError(
            "there is no terminal to ask on", "run it in a terminal, or give what is needed on the command line"
        ) from None
    try:
        if os.tcgetpgrp(tty) != os.getpgrp():  # to read would stop us, and to ask would disturb another program
            raise NotAskedError("cannot ask: running in the background", "run it in the foreground")
        yield tty
    finally:
        os.close(tty)


@contextmanager
def _unstoppable() -> Iterator[None]:
    """Be deaf to Ctrl-Z where a shell reads our output: fish would wait for it for ever."""
    if os.isatty(1):
        yield
        return
    before = signal.signal(signal.SIGTSTP, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGTSTP, before)


def _unseen(tty: int, question: str) -> Secret:
    with _without_echo(tty):
        answer = _converse(tty, question)
    _tell(tty, b"\n")  # the one that was typed was not shown
    return answer


@contextmanager
def _without_echo(tty: int) -> Iterator[None]:
    """Turn echo off, and on again whatever ends the question: shells leave it off after TERM or HUP."""
    before = termios.tcgetattr(tty)
    silent = termios.tcgetattr(tty)
    silent[_ECHO] &= ~termios.ECHO
    found = {number: signal.getsignal(number) for number in _FATAL}
    handlers = {number: handler for number, handler in found.items() if handler != signal.SIG_IGN}  # as under nohup

    def restore_and_die(number: int, _frame: FrameType | None) -> None:
        _set(tty, before)
        signal.signal(number, handlers[signal.Signals(number)])
        os.kill(os.getpid(), number)

    for number in handlers:
        signal.signal(number, restore_and_die)
    try:
        _set(tty, silent, termios.TCSAFLUSH)
        yield
    finally:
        _set(tty, before)
        for number, handler in handlers.items():
            signal.signal(number, handler)


def _set(tty: int, attributes: list[Any], when: int = termios.TCSADRAIN) -> None:
    with suppress(termios.error):  # the terminal itself may be what is gone
        termios.tcsetattr(tty, when, attributes)


def _converse(tty: int, question: str) -> Secret:
    _tell(tty, question.encode(errors="replace"))
    deadline = time.monotonic() + PATIENCE
    line = b""
    while not line.endswith(b"\n"):
        if not select.select([tty], [], [], _LOOK)[0]:
            if time.monotonic() > deadline:
                raise PersonNeededError(f"nobody answered within {PATIENCE} s", "run the command again")
            continue
        chunk = _read(tty)
        if not chunk:  # Ctrl-D, or the terminal is gone
            raise PersonNeededError("no answer was given", "run the command again")
        line += chunk
    return Secret(line.decode(errors="replace").rstrip("\r\n"))


def _read(tty: int) -> bytes:
    try:
        return os.read(tty, 4096)
    except OSError:
        return b""


def _tell(tty: int, text: bytes) -> None:
    with suppress(OSError):
        os.write(tty, text)
