"""Asks on the terminal device, so that it works inside `$(…)` with stdin and stdout redirected."""

from __future__ import annotations

import os
import select
import termios
import time
from contextlib import contextmanager, nullcontext, suppress
from typing import TYPE_CHECKING, Any

from shellvault.core.errors import NotAskedError, PersonNeededError
from shellvault.core.record import Secret
from shellvault.system.signals import IgnoreSuspend, RestoreOnSignal

if TYPE_CHECKING:
    from collections.abc import Iterator

PATIENCE = 180  # seconds that a question waits: the process may hold a lock that other shells wait for
_POLL = 0.2  # seconds; Python would not notice a signal that arrives just before it begins to wait
_LOCAL_FLAGS = 3  # index in termios.tcgetattr()


def ask(question: str, *, hidden: bool = False, ignore_suspend: bool = False) -> Secret:
    """Ask one question and return the line that was typed, without its newline; a hidden one is not echoed.

    `ignore_suspend` ignores Ctrl-Z: where a shell reads our output, fish would wait for it for ever.

    Raises:
        NotAskedError: there is no terminal, or we are in its background.
        PersonNeededError: there was no answer.
        KeyboardInterrupt: Ctrl-C.
    """
    with _open_terminal() as tty, IgnoreSuspend() if ignore_suspend else nullcontext():
        try:
            return _ask_hidden(tty, question) if hidden else _converse(tty, question)
        except (KeyboardInterrupt, PersonNeededError):
            _write(tty, b"\n")  # whatever comes next begins its own line
            raise


@contextmanager
def _open_terminal() -> Iterator[int]:
    try:
        tty = os.open("/dev/tty", os.O_RDWR | os.O_NOCTTY | os.O_CLOEXEC)
    except OSError:
        raise NotAskedError(
            "there is no terminal to ask on", "run it in a terminal, or give what is needed on the command line"
        ) from None
    try:
        if os.tcgetpgrp(tty) != os.getpgrp():  # reading would stop us, and the question would disturb another program
            raise NotAskedError("cannot ask: running in the background", "run it in the foreground")
        yield tty
    finally:
        os.close(tty)


def _ask_hidden(tty: int, question: str) -> Secret:
    with _without_echo(tty):
        answer = _converse(tty, question)
    _write(tty, b"\n")  # the typed one was not echoed
    return answer


@contextmanager
def _without_echo(tty: int) -> Iterator[None]:
    """Turn echo off, and on again however the question ends: shells leave it off after TERM or HUP."""
    before = termios.tcgetattr(tty)
    silent = termios.tcgetattr(tty)
    silent[_LOCAL_FLAGS] &= ~termios.ECHO
    with RestoreOnSignal(lambda: _set(tty, before)):
        try:
            _set(tty, silent, termios.TCSAFLUSH)
            yield
        finally:
            _set(tty, before)


def _set(tty: int, attributes: list[Any], when: int = termios.TCSADRAIN) -> None:
    with suppress(termios.error):  # the terminal may be gone
        termios.tcsetattr(tty, when, attributes)


def _converse(tty: int, question: str) -> Secret:
    _write(tty, question.encode(errors="replace"))
    deadline = time.monotonic() + PATIENCE
    line = b""
    while not line.endswith(b"\n"):
        if not select.select([tty], [], [], _POLL)[0]:
            if time.monotonic() > deadline:
                raise PersonNeededError(f"timed out waiting for an answer ({PATIENCE} s)", "run the command again")
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


def _write(tty: int, text: bytes) -> None:
    with suppress(OSError):
        os.write(tty, text)
