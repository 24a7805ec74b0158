"""The terminal during `each`: several threads tell the user something, and a line shows the progress meanwhile."""

from __future__ import annotations

import _thread

from shellvault.core.errors import NotAskedError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TypeVar

    from shellvault.request import Answer, Ask, Terminal

    Result = TypeVar("Result")


class EachTerminal:
    """A `Terminal` that passes everything on to the user's own one, a whole piece at a time.

    Once `is_running` is set, nobody is asked anything, and a notice that many runs give is shown once.
    """

    def __init__(self, terminal: Terminal) -> None:
        self.stdout_is_tty = terminal.stdout_is_tty
        self.stderr_is_tty = terminal.stderr_is_tty
        self.columns = terminal.columns
        self.pid = terminal.pid
        self.caller_pid = terminal.caller_pid
        self.is_running = False
        self._terminal = terminal
        self._lock = _thread.allocate_lock()
        self._told: set[str] = set()
        self._progress = ""

    def write(self, text: str) -> None:
        """See `Terminal`."""
        with self._lock:
            if not (self.is_running and text in self._told):
                self._told.add(text)
                self._erase()
                self._terminal.write(text)

    def pass_on(self, stream: int, data: bytes, give_up: Callable[[], bool]) -> None:
        """See `Terminal`."""
        with self._lock:
            self._erase()
            self._terminal.pass_on(stream, data, give_up)

    def show_progress(self, text: str) -> None:
        """Show a line of ASCII on the terminal, in place of the one before, until something else is written."""
        with self._lock:
            if self.stderr_is_tty and text != self._progress:
                self._erase()
                self._terminal.write(f"{text}\r" if text else "")  # what other programs write begins at the margin
                self._progress = text

    def finish(self, answer: Answer) -> None:
        """See `Terminal`."""
        self._terminal.finish(answer)

    def expect_person(self) -> None:
        """See `Terminal`."""
        self._terminal.expect_person()

    def converse(self, talk: Callable[[Ask], Result], *, hidden: bool) -> Result:
        """See `Terminal`."""
        if self.is_running:
            raise NotAskedError("questions come before the first run only", "run the command again")
        return self._terminal.converse(talk, hidden=hidden)

    def discard_input(self) -> None:
        """See `Terminal`."""
        if not self.is_running:
            self._terminal.discard_input()

    def _erase(self) -> None:
        if self._progress:
            self._terminal.write(f"{' ' * len(self._progress)}\r")
            self._progress = ""
