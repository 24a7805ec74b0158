"""Asks on the terminal device, so that it works inside `$(…)` with stdin and stdout redirected."""

from __future__ import annotations

import errno
import os
import select
import termios
import time
from contextlib import contextmanager, nullcontext, suppress
from typing import TYPE_CHECKING, Any, TypeVar

from shellvault.core.errors import NotAskedError, PersonNeededError
from shellvault.core.record import Secret
from shellvault.core.text import sanitize
from shellvault.system.process_hardening import protect_memory
from shellvault.system.signals import AroundSuspend, IgnoreSuspend, RestoreOnSignal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Self

    from shellvault.request import Ask

    Result = TypeVar("Result")

PATIENCE = 180  # seconds that a question waits: the process may hold a lock that other shells wait for
_POLL = 0.2  # seconds; Python would not notice a signal that arrives just before it begins to wait
_SILENCE = 0.1  # seconds without input after which a paste is over
_LONGEST_PASTE = 2  # seconds
_LOCAL_FLAGS, _CHARACTERS = 3, 6  # indexes in termios.tcgetattr()
_RAW = termios.ECHO | termios.ICANON | termios.ISIG | termios.IEXTEN  # without these, each key is a byte to read


def converse(talk: Callable[[Ask], Result], *, hidden: bool = False, ignore_suspend: bool = False) -> Result:
    """Call `talk` with a function that asks a question and returns the line typed; return its result.

    What was typed or pasted beyond the answers is discarded at the end: it must not reach the shell, which would run it
    and keep it in its history. In a hidden conversation, the echo is off from before the first question until then.
    `ignore_suspend` ignores Ctrl-Z: where a shell reads our output, fish would wait for it forever.

    Raises:
        NotAskedError: there is no terminal, or we are in its background.
        PersonNeededError: there was no answer.
        KeyboardInterrupt: Ctrl-C.
    """
    protect_memory()
    suspend = IgnoreSuspend() if ignore_suspend else nullcontext()
    with _open_terminal() as tty, suspend, _Modes(tty, hidden=hidden) as modes:
        return talk(_Questions(tty, modes).ask)


def discard_input() -> None:
    """Discard what was typed ahead on the terminal, if there is one that may be asked on."""
    with suppress(NotAskedError), _open_terminal() as tty, _Modes(tty, hidden=True):
        pass


@contextmanager
def take_terminal(leaving: str) -> Iterator[TakenTerminal]:
    """Open the terminal device for a picture that fills it: each key is read at once, and none is a signal.

    What was typed before is discarded, since nobody saw what it would choose; so is what is left at the end. `leaving`
    is written if a signal ends this process. Ctrl-Z does nothing. For the errors see `converse`.
    """
    protect_memory()
    with (
        _open_terminal() as tty,
        IgnoreSuspend(),
        _Modes(tty, hidden=True, flags=_RAW) as modes,
        RestoreOnSignal(lambda: TakenTerminal(tty, modes).write(leaving)),
    ):
        yield TakenTerminal(tty, modes)


class TakenTerminal:
    """The terminal device while a picture fills it; `file` is its descriptor."""

    def __init__(self, file: int, modes: _Modes) -> None:
        self.file = file
        self._modes = modes

    def size(self) -> tuple[int, int]:
        """Return its columns and lines."""
        try:
            columns, lines = os.get_terminal_size(self.file)
        except OSError:
            columns, lines = 0, 0
        return columns or 80, lines or 24

    def write(self, text: str) -> None:
        """Write to it at once."""
        data = text.encode(errors="replace")
        while data:
            data = data[_write(self.file, data) :]

    def call_after_stop(self, draw: Callable[[], None]) -> None:
        """Have `draw` called when this process continues after SIGSTOP, which nobody can catch."""
        self._modes.on_resume = draw


@contextmanager
def _open_terminal() -> Iterator[int]:
    try:
        tty = os.open("/dev/tty", os.O_RDWR | os.O_NOCTTY | os.O_CLOEXEC)
    except OSError:
        raise NotAskedError("there is no terminal to ask on", "run it in a terminal") from None
    try:
        if os.tcgetpgrp(tty) != os.getpgrp():  # reading would stop us, and the question would disturb another program
            raise NotAskedError("cannot ask: running in the background", "run it in the foreground")
        yield tty
    finally:
        os.close(tty)


class _Modes:
    """A context with the terminal's modes for a conversation.

    While this process is stopped, and however the conversation ends, the terminal is as it was before: shells leave the
    echo off after TERM or HUP. `has_resumed` says that the process was stopped and what was typed is lost.
    """

    def __init__(self, tty: int, *, hidden: bool, flags: int = termios.ECHO) -> None:
        self._tty = tty
        self._before = _get(tty)
        self._flags = flags  # that are off where it is hidden
        self.on_resume: Callable[[], None] = lambda: None
        self.is_hidden = hidden
        self.has_resumed = False
        self._on_end = RestoreOnSignal(self._restore)
        self._on_suspend = AroundSuspend(self._restore, self._resume)

    def __enter__(self) -> Self:
        self._on_end.__enter__()
        self._on_suspend.__enter__()
        if self.is_hidden:
            self._silence()
        return self

    def __exit__(self, *_raised: object) -> None:
        try:
            self._drain()
        finally:
            self._restore()
            self._on_suspend.__exit__()
            self._on_end.__exit__()

    def _silence(self) -> None:
        _set(self._tty, _without(self._before, self._flags))

    def _drain(self) -> None:
        """Read what is still coming, up to a moment of silence: a paste arrives in pieces, the last without newline."""
        _set(self._tty, _without(self._before, termios.ECHO | termios.ICANON))
        end = time.monotonic() + _LONGEST_PASTE
        while select.select([self._tty], [], [], _SILENCE)[0] and _read(self._tty) and time.monotonic() < end:
            pass

    def _restore(self) -> None:
        _set(self._tty, self._before)

    def _resume(self) -> None:
        """Resume after a stop as readpassphrase(3) does: turn the echo off, discard what was typed, and ask again."""
        if self.is_hidden:
            self._silence()
        self.has_resumed = True
        self.on_resume()


class _Questions:
    """Asks questions on an open terminal."""

    def __init__(self, tty: int, modes: _Modes) -> None:
        self._tty = tty
        self._modes = modes

    def ask(self, question: str, show: Callable[[str], str] | None = None) -> Secret:
        """Return the line that was typed, without its newline; `show` says what to show of a hidden one afterwards."""
        try:
            answer = Secret(self._read_line(sanitize(question)).decode(errors="replace").rstrip("\r\n"))
        except (KeyboardInterrupt, PersonNeededError):
            _write(self._tty, b"\n")  # whatever comes next begins its own line
            raise
        if self._modes.is_hidden:
            _write(self._tty, sanitize(show(answer) if show else "").encode(errors="replace") + b"\n")
        return answer

    def _read_line(self, question: str) -> bytes:
        line, deadline = self._begin(question)
        while not line.endswith(b"\n"):
            is_ready = select.select([self._tty], [], [], _POLL)[0]
            if self._modes.has_resumed:
                line, deadline = self._begin(f"\r{question}")
            elif is_ready:
                line += self._read_chunk()
            elif time.monotonic() > deadline:
                raise PersonNeededError(f"timed out waiting for an answer ({PATIENCE} s)", "run the command again")
        return line

    def _begin(self, question: str) -> tuple[bytes, float]:
        """Show the question, and return an empty line and the time until which it waits."""
        self._modes.has_resumed = False
        _write(self._tty, question.encode(errors="replace"))
        return b"", time.monotonic() + PATIENCE

    def _read_chunk(self) -> bytes:
        chunk = _read(self._tty)
        if not chunk and not self._modes.has_resumed:  # Ctrl-D, or the terminal is gone
            raise PersonNeededError("no answer was given", "run the command again")
        return chunk


def _get(tty: int) -> list[Any]:
    try:
        return termios.tcgetattr(tty)
    except termios.error:
        raise PersonNeededError("the terminal is gone", "run the command again") from None


def _without(attributes: list[Any], flags: int) -> list[Any]:
    """Return modes without some of the local flags; without line editing, reads return what is there."""
    changed = [*attributes[:_CHARACTERS], list(attributes[_CHARACTERS])]
    changed[_LOCAL_FLAGS] &= ~flags
    if flags & termios.ICANON:
        changed[_CHARACTERS][termios.VMIN], changed[_CHARACTERS][termios.VTIME] = 1, 0
    return changed


def _set(tty: int, attributes: list[Any]) -> None:
    """Set the terminal's modes, and discard what was typed and not read."""
    while True:
        try:
            return termios.tcsetattr(tty, termios.TCSAFLUSH, attributes)
        except termios.error as error:
            if error.args[0] != errno.EINTR:  # else we were stopped, as in the background, and went on
                return None  # the terminal is gone


def _read(tty: int) -> bytes:
    try:
        return os.read(tty, 4096)
    except OSError:
        return b""


def _write(tty: int, text: bytes) -> int:
    """Write to the terminal; return how many bytes it took, all of them if it is gone."""
    try:
        return os.write(tty, text)
    except OSError:
        return len(text)
