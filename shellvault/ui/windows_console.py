"""Asks on the console of Windows, so that it works with stdin and stdout redirected; elsewhere see `terminal`.

Written from the documentation of Windows and Python: it has never run there.
"""

from __future__ import annotations

import time
from contextlib import suppress
from typing import TYPE_CHECKING, Any, TypeVar

from shellvault.core.errors import NotAskedError, PersonNeededError
from shellvault.core.record import Secret
from shellvault.core.text import sanitize

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TextIO

    from shellvault.request import Ask

    Result = TypeVar("Result")

PATIENCE = 180  # seconds that a question waits: the process may hold a lock that other shells wait for
_POLL = 0.02  # seconds
_BEFORE_CODE = ("\0", "\xe0")  # of a key such as F1 or an arrow; its code follows
_NOBODY = "\uffff"  # what is read where there is no console


def converse(talk: Callable[[Ask], Result], *, hidden: bool = False, ignore_suspend: bool = False) -> Result:
    """Call `talk` with a function that asks a question and returns the line typed; return its result.

    What was typed beyond the answers is discarded at the end. There is no Ctrl-Z to ignore.

    Raises:
        NotAskedError: there is no console.
        PersonNeededError: there was no answer.
        KeyboardInterrupt: Ctrl-C.
    """
    del ignore_suspend
    keys = _load_keys()
    with _open_console() as screen:
        try:
            return talk(_ConsoleQuestions(screen, keys, hidden=hidden).ask)
        finally:
            _discard(keys)


def discard_input() -> None:
    """Discard what was typed ahead on the console, if there is one."""
    with suppress(NotAskedError), _open_console():
        _discard(_load_keys())


def _load_keys() -> Any:
    """Return the module that reads keys, which for types has functions on Windows only."""
    import msvcrt

    return msvcrt


def _open_console() -> TextIO:
    try:
        return open("CONOUT$", "w", encoding="utf-8", errors="replace")
    except OSError:
        raise NotAskedError("there is no console to ask on", "run it in a console") from None


class _ConsoleQuestions:
    """Asks questions on an open console."""

    def __init__(self, screen: TextIO, keys: Any, *, hidden: bool) -> None:
        self._screen = screen
        self._keys = keys
        self._is_hidden = hidden

    def ask(self, question: str, show: Callable[[str], str] | None = None) -> Secret:
        """Return the line that was typed; `show` says what to show of a hidden one afterwards."""
        self._show(sanitize(question))
        try:
            line = self._read_line().encode("utf-16", "surrogatepass").decode("utf-16", "replace")
        finally:
            self._show("\n")  # whatever comes next begins its own line
        answer = Secret(line)
        if show and self._is_hidden:
            self._show(f"{sanitize(show(answer))}\n")
        return answer

    def _read_line(self) -> str:
        line, deadline = "", time.monotonic() + PATIENCE
        while (key := _read_key(self._keys, deadline)) not in ("\r", "\n"):
            if key == "\x03":
                raise KeyboardInterrupt
            if key in ("\x04", "\x1a", _NOBODY) and not line:
                raise PersonNeededError("no answer was given", "run the command again")
            if key == "\b":
                self._echo("\b \b" * bool(line))
                line = line[:-1]
            elif key.isprintable() or "\ud800" <= key <= "\udfff":  # halves of a character
                self._echo(key)
                line += key
        return line

    def _echo(self, text: str) -> None:
        if not self._is_hidden:
            self._show(text)

    def _show(self, text: str) -> None:
        with suppress(OSError):  # the console is gone
            self._screen.write(text)
            self._screen.flush()


def _read_key(keys: Any, deadline: float) -> str:
    """Return the next key; the empty string for one that types nothing."""
    while not keys.kbhit():
        if time.monotonic() > deadline:
            raise PersonNeededError(f"timed out waiting for an answer ({PATIENCE} s)", "run the command again")
        time.sleep(_POLL)
    key: str = keys.getwch()
    if key in _BEFORE_CODE:
        keys.getwch()
        return ""
    return key


def _discard(keys: Any) -> None:
    while keys.kbhit():
        keys.getwch()
