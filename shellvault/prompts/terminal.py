"""Asks on the terminal device, so that it works inside `$(…)` with stdin and stdout redirected."""

from __future__ import annotations

import os
import select
import signal
import termios
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from shellvault.errors import PersonNeededError
from shellvault.record import Secret

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import FrameType

PATIENCE = 180  # seconds that a question waits: its asker may hold a lock that other shells wait for
_ECHO = 3  # index of the local flags in termios.tcgetattr()
_FATAL = (signal.SIGTERM, signal.SIGHUP)


def ask(question: str, *, hidden: bool = False) -> Secret:
    """Ask one question and return the line typed, without its newline.

    Raises:
        PersonNeededError: there is no terminal, we are in its background, or nobody answered.
        KeyboardInterrupt: Ctrl-C.
    """
    with _terminal() as tty:
        if not hidden:
            return _converse(tty, question)
        with _without_echo(tty):
            try:
                return _converse(tty, question)
            finally:
                os.write(tty, b"\n")


@contextmanager
def _terminal() -> Iterator[int]:
    try:
        tty = os.open("/dev/tty", os.O_RDWR | os.O_NOCTTY | os.O_CLOEXEC)
    except OSError:
        raise PersonNeededError(
            "there is no terminal to ask on", "run it in a terminal, or give what is needed on the command line"
        ) from None
    try:
        if os.tcgetpgrp(tty) != os.getpgrp():  # to read would stop us, and to ask would disturb another program
            raise PersonNeededError("cannot ask: running in the background", "run it in the foreground")
        yield tty
    finally:
        os.close(tty)


@contextmanager
def _without_echo(tty: int) -> Iterator[None]:
    """Turn echo off, and on again whatever ends the question: shells leave it off after TERM or HUP."""
    before = termios.tcgetattr(tty)
    silent = termios.tcgetattr(tty)
    silent[_ECHO] &= ~termios.ECHO
    handlers = {number: signal.getsignal(number) for number in _FATAL}

    def restore_and_die(number: int, _frame: FrameType | None) -> None:
        termios.tcsetattr(tty, termios.TCSADRAIN, before)
        signal.signal(number, handlers[signal.Signals(number)])
        os.kill(os.getpid(), number)

    for number in _FATAL:
        signal.signal(number, restore_and_die)
    try:
        termios.tcsetattr(tty, termios.TCSAFLUSH, silent)
        yield
    finally:
        termios.tcsetattr(tty, termios.TCSADRAIN, before)
        for number, handler in handlers.items():
            signal.signal(number, handler)


def _converse(tty: int, question: str) -> Secret:
    os.write(tty, question.encode(errors="replace"))
    deadline = time.monotonic() + PATIENCE
    line = b""
    while not line.endswith(b"\n"):
        if not select.select([tty], [], [], max(0.0, deadline - time.monotonic()))[0]:
            raise PersonNeededError(f"nobody answered within {PATIENCE} s", "run the command again")
        chunk = os.read(tty, 4096)
        if not chunk:  # Ctrl-D
            raise PersonNeededError("no answer was given", "run the command again")
        line += chunk
    return Secret(line.decode(errors="replace").rstrip("\r\n"))
