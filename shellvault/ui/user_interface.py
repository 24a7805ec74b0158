"""What a command tells the user and asks them."""

from __future__ import annotations

from shellvault.core.errors import NotAskedError
from shellvault.core.text import sanitize

TYPE_CHECKING = False
if TYPE_CHECKING:
    from shellvault.core.record import Secret
    from shellvault.request import Terminal


class Ui:
    """Notices and questions of one command.

    Args:
        terminal: where they go.
        may_ask: whether the user may be asked.
        verbose: whether debug messages are shown.
    """

    def __init__(self, terminal: Terminal, *, may_ask: bool, verbose: bool) -> None:
        self.terminal = terminal
        self.may_ask = may_ask
        self._verbose = verbose

    def notice(self, text: str) -> None:
        """Tell the user something that is not an error."""
        self.terminal.write(f"shellvault: {sanitize(text)}\n")

    def progress(self, text: str) -> None:
        """Tell somebody who is watching what takes so long; a log has no use for it."""
        if self.terminal.stderr_is_tty:
            self.notice(text)

    def debug(self, text: str) -> None:
        """Report what is done, where --debug asks for it; never a secret."""
        if self._verbose:
            self.notice(text)

    def ask(self, question: str, *, hidden: bool = False) -> Secret:
        """Ask a question on the terminal.

        Raises:
            NotAskedError: there is no terminal, or asking is forbidden.
            PersonNeededError: there was no answer.
        """
        if not self.may_ask:
            raise NotAskedError("prompting is disabled (--no-input)", "run the command without --no-input")
        return self.terminal.ask(sanitize(question), hidden=hidden)

    def ask_hidden(self, question: str) -> Secret:
        """Ask a question whose answer is not shown; for the errors see `ask`."""
        return self.ask(question, hidden=True)

    def confirm(self, question: str) -> bool:
        """Ask for a yes, and accept nothing else as one; for the errors see `ask`."""
        return self.ask(f"{question} [y/N] ").strip().lower() in ("y", "yes")
