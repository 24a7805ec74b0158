"""What a command tells the user and asks them."""

from __future__ import annotations

from shellvault.core.errors import NotAskedError, WrongAnswerError
from shellvault.core.text import sanitize

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import TypeVar

    from shellvault.core.record import Secret
    from shellvault.request import Ask, Terminal

    Result = TypeVar("Result")

TRIES = 3  # as sudo


class Ui:
    """Notices and questions of one command.

    Args:
        terminal: where they go.
        may_ask: whether the user may be asked.
        verbose: whether debug messages are shown.
        window: asks a question with a hidden answer in a window, if the user chose a driver that shows one.
    """

    def __init__(
        self, terminal: Terminal, *, may_ask: bool, verbose: bool, window: Callable[[str], Secret] | None = None
    ) -> None:
        self.terminal = terminal
        self._may_ask = may_ask
        self._verbose = verbose
        self._window = window

    @property
    def may_ask(self) -> bool:
        """Whether the user may be asked; read it only when there is something to ask."""
        if self._may_ask:
            self.terminal.expect_person()
        return self._may_ask

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

    def ask(self, question: str) -> Secret:
        """Ask a question on the terminal.

        Raises:
            NotAskedError: there is no terminal, or asking is forbidden.
            PersonNeededError: there was no answer.
        """
        return self._converse(lambda ask: ask(question), hidden=False)

    def ask_hidden(self, question: str) -> Secret:
        """Ask a question whose answer is not shown; for the errors see `ask`."""
        return self.converse_hidden(lambda ask: ask(question))

    def converse_hidden(self, talk: Callable[[Ask], Result]) -> Result:
        """Let `talk` ask questions whose answers are not shown, and return what it returns.

        Whatever is typed or pasted from the first question to the end is shown nowhere and goes nowhere else. For the
        errors see `ask`.
        """
        return self._converse(talk, hidden=True)

    def ask_in_window(self, question: str) -> Secret | None:
        """Ask a question with a hidden answer in a window, or return None if the user chose no window.

        Raises:
            NotAskedError: no window can be shown here.
            PersonNeededError: there was no answer.
        """
        return self._window(question) if self._window and self.may_ask else None

    def retry(self, attempt: Callable[[], Result], tries: int = TRIES) -> Result:
        """Return the result of `attempt`, which asks the user; after a wrong answer, retry it, at most twice.

        Raises:
            WrongAnswerError: the third answer was wrong, too.
        """
        try:
            return attempt()
        except WrongAnswerError as error:
            self.terminal.discard_input()
            if tries == 1:
                raise
            self.notice(f"{error.message}; try again")
        return self.retry(attempt, tries - 1)

    def confirm(self, question: str, about: Sequence[str] = (), otherwise: str = "") -> bool:
        """Ask for a yes and accept nothing else; the sentences in `about` come first, if anybody can be asked.

        `otherwise` says what to type if nobody can be asked. For the errors see `ask`.
        """
        return self._ask_about(f"{question} [y/N] ", about, otherwise) in ("y", "yes")

    def confirm_by_word(self, question: str, about: Sequence[str], otherwise: str) -> bool:
        """Ask for the word `yes`, and accept nothing shorter: see `confirm`."""
        return self._ask_about(f"{question} Type yes: ", about, otherwise) == "yes"

    def _ask_about(self, question: str, about: Sequence[str], otherwise: str) -> str:
        def talk(ask: Ask) -> Secret:
            for line in about:
                self.notice(line)
            self.terminal.discard_input()  # typed before anybody saw what it would answer
            context = "" if self.terminal.stderr_is_tty else "".join(f"{line} " for line in about)
            return ask(f"{context}{question}")

        try:
            return self._converse(talk, hidden=False).strip().lower()
        except NotAskedError as error:
            raise NotAskedError(error.message, otherwise or error.hint) from error

    def _converse(self, talk: Callable[[Ask], Result], *, hidden: bool) -> Result:
        if not self._may_ask:
            raise NotAskedError("prompting is disabled (--no-input)", "run the command without --no-input")
        return self.terminal.converse(talk, hidden=hidden)
