"""The terminal of this process's caller: where the command line's notices and questions go."""

from __future__ import annotations

import os

from shellvault.core.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from shellvault.core.record import Secret


class ProcessTerminal(Record):
    """This process's own streams and terminal device; see `Terminal`."""

    stdout_is_tty: bool
    caller_pid: int
    stderr_is_tty: bool = False

    def write(self, text: str) -> None:
        """Write to stderr at once."""
        os.write(2, text.encode(errors="surrogateescape"))

    def ask(self, question: str, *, hidden: bool) -> Secret:
        """Ask on the terminal device; for the errors see `shellvault.ui.terminal.ask`."""
        from shellvault.ui.terminal import ask

        return ask(question, hidden=hidden, ignore_suspend=not self.stdout_is_tty)
