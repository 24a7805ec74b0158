"""The composition root's ground: who runs the command, what is told to them, and what is asked of them."""

from __future__ import annotations

import os

from shellvault.core.errors import NotAskedError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from shellvault.argparser import Arguments
    from shellvault.core.record import Secret


class Ui:
    """The person who runs one command line, with their environment."""

    def __init__(self, environ: Mapping[str, str], arguments: Arguments) -> None:
        self.environ = environ
        self.arguments = arguments

    def notice(self, text: str) -> None:
        """Tell something that is not an error."""
        from shellvault.core.text import sanitize

        os.write(2, f"shellvault: {sanitize(text)}\n".encode())

    def debug(self, text: str) -> None:
        """Tell what is done, where --debug asks for it; never a secret."""
        if self.arguments.has("--debug"):
            self.notice(text)

    def ask(self, question: str, *, hidden: bool = False) -> Secret:
        """Ask a person on the terminal.

        Raises:
            NotAskedError: there is none, or --no-input forbids it.
            PersonNeededError: there was no answer.
        """
        if not self.may_ask:
            raise NotAskedError("--no-input forbids to ask", "run the command without --no-input")
        from shellvault.core.text import sanitize
        from shellvault.ui.terminal import ask

        return ask(sanitize(question), hidden=hidden)

    def confirm(self, question: str) -> bool:
        """Ask for a yes, and take nothing else for one; for the errors see `ask`."""
        return self.ask(f"{question} [y/N] ").strip().lower() in ("y", "yes")

    @property
    def may_ask(self) -> bool:
        """Whether a person may be asked."""
        return not self.arguments.has("--no-input")
