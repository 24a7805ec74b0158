"""Where an MFA code comes from: the command line, the profile's mfa_process, or a driver, in this order."""

from __future__ import annotations

from shellvault.core.errors import NotAskedError, PersonNeededError
from shellvault.core.record import Record
from shellvault.ui.mfa.question import Question

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from shellvault.ui.mfa import Driver

_DIGITS = 6


class CodeSource(Record):
    """What gives codes during one command.

    Args:
        token: a code from the command line, good for one call, or the empty string.
        process: the profile's mfa_process, or the empty string.
        driver: answers the question for a code; None where nobody may be asked.
        environ: where a driver finds its own settings.
        notice: tells the person something that is not an error.
    """

    token: str
    process: str
    driver: Driver | None
    environ: Mapping[str, str]
    notice: Callable[[str], None]

    def __call__(self, serial: str, profile: str) -> str:
        """Return a code for the MFA device `serial`.

        Raises:
            PersonNeededError: there was nobody to ask, or what was given is not a code.
        """
        question = Question(serial, profile, self.process, self.environ, self.notice)
        return _checked(self.token or self._run(question) or self._asked(question), serial)

    def _run(self, question: Question) -> str:
        if not self.process:
            return ""
        from shellvault.ui.mfa.mfa_process import code

        return code(question)

    def _asked(self, question: Question) -> str:
        if self.driver is None:
            raise NotAskedError(
                f"profile '{question.profile}' needs a code of {question.serial}, and --no-input forbids to ask",
                "run it where a person can answer, as with shellvault use PROFILE, or give the code with --mfa-token",
            )
        return self.driver(question)


def _checked(code: str, serial: str) -> str:
    code = code.strip().replace(" ", "")
    if len(code) == _DIGITS and code.isascii() and code.isdigit():
        return code
    raise PersonNeededError(f"that is not a code of {serial}: a code is six digits", "run the command again")
