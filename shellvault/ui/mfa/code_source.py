"""Where an MFA code comes from: the command line, the profile's mfa_process, or a driver, in this order."""

from __future__ import annotations

from shellvault.core.errors import NotAskedError, PersonNeededError
from shellvault.core.record import Record
from shellvault.ui.mfa.drivers import Question, find_driver

TYPE_CHECKING = False
if TYPE_CHECKING:
    from shellvault.settings import Settings
    from shellvault.ui.mfa.drivers import Driver
    from shellvault.ui.user_interface import Ui

_DIGITS = 6


class CodeSource(Record):
    """Returns MFA codes during one command; `mfa_process` is the profile's own command for codes, or empty."""

    settings: Settings
    ui: Ui
    mfa_process: str

    def __call__(self, serial: str, profile: str) -> str:
        """Return a code for the MFA device `serial`.

        Raises:
            UsageError: there is no such driver, or the profile names no mfa_process that can be run.
            PersonNeededError: nobody could be asked, or what was given is not a code.
        """
        question = Question(serial, profile, self.mfa_process)
        driver = find_driver(self.settings.mfa_driver) if self.ui.may_ask else None
        code = self.settings.mfa_token or self._run_process(question) or self._ask(question, driver)
        return _require_code(code, serial)

    def _run_process(self, question: Question) -> str:
        if not question.mfa_process:
            return ""
        from shellvault.ui.mfa.code_generators import run_mfa_process

        return run_mfa_process(question, self.settings, self.ui)

    def _ask(self, question: Question, driver: Driver | None) -> str:
        if driver is None:
            raise NotAskedError(
                f"profile '{question.profile}' needs an MFA code for {question.serial}, "
                "but prompting is disabled (--no-input)",
                "run it in a terminal, such as shellvault use PROFILE, or give the code with --mfa-token",
            )
        return driver(question, self.settings, self.ui)


def _require_code(code: str, serial: str) -> str:
    code = code.strip().replace(" ", "")
    if len(code) == _DIGITS and code.isascii() and code.isdigit():
        return code
    raise PersonNeededError(f"invalid MFA code for {serial}: expected six digits", "run the command again")
