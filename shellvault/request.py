"""One command line as a value, and its answer: a command is a function from the one to the other."""

from __future__ import annotations

from shellvault.core.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping
    from typing import Protocol, TypeVar

    from shellvault.core.model import Session
    from shellvault.core.profile_search import Choices
    from shellvault.core.record import Secret
    from shellvault.core.secret_memory import SecretMemory
    from shellvault.core.wish import ClaimStatus, Wish
    from shellvault.settings import Settings

    Result = TypeVar("Result")

    class Ask(Protocol):
        """Asks one question of a conversation."""

        def __call__(self, question: str, show: Callable[[str], str] | None = None) -> Secret:
            """Return the line that was typed; `show` says what to show of a hidden one afterwards."""

    class Terminal(Protocol):
        """What a command may do with the terminal of whoever called it."""

        @property
        def stdout_is_tty(self) -> bool:
            """Whether somebody would see what is written to stdout."""

        @property
        def stderr_is_tty(self) -> bool:
            """Whether somebody sees what is written to stderr."""

        @property
        def columns(self) -> int:
            """The width of the terminal that shows stdout; 0 if stdout is not one, or the width is unknown."""

        @property
        def pid(self) -> int:
            """The process that was started for the command; 0 if none was."""

        @property
        def caller_pid(self) -> int:
            """The process that called the command; 0 if none did."""

        def write(self, text: str) -> None:
            """Write to stderr at once."""

        def pass_on(self, stream: int, data: bytes, give_up: Callable[[], bool]) -> None:
            """Write what a program printed to stdout (1) or stderr (2) at once.

            While nobody reads it, `give_up` is called several times a second; if it returns True, the rest is dropped.

            Raises:
                OSError: it cannot be written.
            """

        def finish(self, answer: Answer) -> None:
            """Give this answer now, although the command is still running."""

        def expect_person(self) -> None:
            """Prepare for a question, or for a program of the user's: both are for the user's own process only."""

        def converse(self, talk: Callable[[Ask], Result], *, hidden: bool) -> Result:
            """Let `talk` ask on the terminal device, and return what it returns; see `shellvault.ui.terminal`."""

        def discard_input(self) -> None:
            """Discard what was typed ahead."""

        def choose(self, choices: Choices, query: str, environ: Mapping[str, str], cwd: str) -> str | None:
            """Let the user choose a profile on the terminal device; see `shellvault.ui.picker`."""

    class Host(Protocol):
        """The process that runs commands: the user's own, or the agent."""

        @property
        def note_session(self) -> Callable[[Request, Settings, tuple[str, str], str, Session], None] | None:
            """Records a session that a command handed out.

            Its arguments are the profile and how else the session was chosen, as in `VIA`; the identity; the session.
            """

        def agent_pid(self) -> int | None:
            """Return the process id of the agent, if one answers."""

        def memory(self, home: str, environ: Mapping[str, str]) -> SecretMemory:
            """Return what keeps the secrets of a home if there is no kernel keyring."""

        def stop_renewals(self, home: str, identities: Collection[str] | None) -> None:
            """Stop renewing the sessions with these identities, or if None, every session of a home."""

        def open_claim(self, wish: Wish, owner: int, /) -> tuple[str, str]:
            """Return the URL and the token file of a claim that ends with the process `owner`."""

        def find_claim(self, url: str) -> ClaimStatus | None:
            """Return the status of the claim at a URL; None if there is no such claim, or no agent."""

        def require_bus(self, environ: Mapping[str, str]) -> None:
            """Make sure that this process reaches the same keyring as programs with this environment do."""

    class UserInterface(Protocol):
        """What lower layers may tell the user and ask them; see `shellvault.ui.user_interface.Ui`."""

        @property
        def may_ask(self) -> bool:
            """Whether the user may be asked; read it only when there is something to ask."""

        def notice(self, text: str) -> None:
            """Tell the user something that is not an error."""

        def debug(self, text: str) -> None:
            """Report what is done, if --debug was given."""

        def converse_hidden(self, talk: Callable[[Ask], Result]) -> Result:
            """Let `talk` ask questions whose answers are not shown, and return what it returns."""

        def ask_in_window(self, question: str) -> Secret | None:
            """Ask a question with a hidden answer in a window, or return None if the user chose no window."""

        def retry(self, attempt: Callable[[], Result]) -> Result:
            """Return the result of `attempt`, which asks the user; after a wrong answer, retry it, at most twice."""


class Request(Record):
    """A command line: its words, the environment, folder and terminal it was typed in, and the process that runs it."""

    words: tuple[str, ...]
    environ: Mapping[str, str]
    cwd: str
    terminal: Terminal
    host: Host


class Program(Record):
    """The program to run in place of this one: its arguments and its whole environment."""

    argv: tuple[str, ...]
    environ: Mapping[str, str]


class Answer(Record):
    """What a command returns: its exit status and output, or the program to run in its place."""

    status: int = 0
    stdout: str = ""
    stderr: str = ""
    program: Program | None = None
