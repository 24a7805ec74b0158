"""Where an MFA code comes from: the command line, the profile's mfa_process, or a driver, in this order."""

from __future__ import annotations

from shellvault.core.errors import NotAskedError, UsageError, WrongAnswerError
from shellvault.core.option_values import is_mfa_code
from shellvault.core.record import Record
from shellvault.core.text import quote_word
from shellvault.ui.mfa.drivers import GENERATORS, Question, find_driver

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TypeVar

    from shellvault.settings import Settings
    from shellvault.ui.mfa.drivers import Driver
    from shellvault.ui.user_interface import Ui

    Result = TypeVar("Result")


class CodeSource(Record):
    """Gets MFA codes during one command; `mfa_process` is the profile's own command for codes, or empty.

    `asked_for` is the profile that somebody would use in a terminal, if it is not the one that needs the code.
    """

    settings: Settings
    ui: Ui
    mfa_process: str
    asked_for: str = ""

    def use(self, serial: str, profile: str, action: Callable[[str], Result]) -> Result:
        """Return the result of `action` for a code of the MFA device `serial`; a person may correct a wrong code twice.

        Raises:
            UsageError: the device gives no codes, or there is no mfa_process that can be run.
            PersonNeededError: nobody could be asked, or what was given is not a code; and what `action` raises.
        """
        _require_codes(serial)
        question = Question(serial, profile, self.mfa_process)
        driver = find_driver(self.settings.mfa_driver) if self.ui.may_ask else None
        if code := self.settings.mfa_token or self._run_process(question):
            return action(_require_code(code, serial))
        if self.settings.mfa_driver in GENERATORS:  # they would give the same code again
            return action(_require_code(self._ask(question, driver), serial))
        return self.ui.retry(lambda: action(_require_code(self._ask(question, driver), serial)))

    def _run_process(self, question: Question) -> str:
        if not question.mfa_process:
            return ""
        from shellvault.ui.mfa.code_generators import run_mfa_process

        self.ui.terminal.expect_person()  # it may ask, too; and the agent runs no program of the user's
        return run_mfa_process(question, self.settings, self.ui)

    def _ask(self, question: Question, driver: Driver | None) -> str:
        if driver is None:
            raise NotAskedError(
                f"profile '{question.profile}' needs an MFA code for {question.serial}, "
                "but prompting is disabled (--no-input)",
                f"in a terminal: shellvault use {quote_word(self.asked_for or question.profile)}; "
                "or give the code with --mfa-token",
            )
        return driver(question, self.settings, self.ui)


def _require_codes(serial: str) -> None:
    if ":u2f/" in serial:
        raise UsageError(
            f"{serial} is a security key or passkey, which gives no codes for the command line",
            "add an authenticator app to the user in the AWS console, and set mfa_serial to its ARN (…:mfa/NAME)",
        )


def _require_code(code: str, serial: str) -> str:
    code = code.strip().replace(" ", "")
    if is_mfa_code(code):
        return code
    raise WrongAnswerError(f"invalid MFA code for {serial}: expected six digits", "run the command again")
