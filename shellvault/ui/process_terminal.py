"""The terminal of this process's caller: where the command line's notices and questions go."""

from __future__ import annotations

import os

from shellvault.core.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TypeVar

    from shellvault.request import Ask

    Result = TypeVar("Result")


class ProcessTerminal(Record):
    """This process's own streams and terminal device; see `Terminal`."""

    stdout_is_tty: bool
    caller_pid: int
    stderr_is_tty: bool = False

    def write(self, text: str) -> None:
        """Write to stderr at once."""
        os.write(2, text.encode(errors="surrogateescape"))

    def converse(self, talk: Callable[[Ask], Result], *, hidden: bool) -> Result:
        """Let `talk` ask on the terminal device; for the errors see `shellvault.ui.terminal.converse`."""
        from shellvault.ui.terminal import converse

        return converse(talk, hidden=hidden, ignore_suspend=not self.stdout_is_tty)

    def discard_input(self) -> None:
        """Discard what was typed ahead on the terminal device."""
        from shellvault.ui.terminal import discard_input

        discard_input()
