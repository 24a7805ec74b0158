"""The prompt drivers, which get an MFA code from the user or from a program, by name."""

from __future__ import annotations

from shellvault.core.errors import NotAskedError
from shellvault.core.record import Record
from shellvault.core.text import sanitize

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from shellvault.core.record import Secret
    from shellvault.settings import Settings
    from shellvault.ui.user_interface import Ui

    Driver = Callable[["Question", Settings, Ui], str]

DRIVERS = {
    "terminal": "drivers:ask_on_terminal",
    "osascript": "dialogs:ask_osascript",
    "zenity": "dialogs:ask_zenity",
    "kdialog": "dialogs:ask_kdialog",
    "wincredui": "dialogs:ask_wincredui",
    "ykman": "code_generators:run_ykman",
    "pass": "code_generators:run_pass",
    "process": "code_generators:run_mfa_process",
}
"""Name -> module of this package and function, which is imported when it is first used."""

GENERATORS = tuple(name for name, place in DRIVERS.items() if place.startswith("code_generators:"))
"""The drivers that ask nobody."""

_WINDOWS = tuple(name for name, place in DRIVERS.items() if place.startswith("dialogs:"))
_LONGEST = 300  # characters; some dialogs refuse a text of a thousand


class Question(Record):
    """The question for one MFA code.

    Attributes:
        serial: the MFA device's serial number or ARN.
        profile: the profile whose key pair the device belongs to.
        mfa_process: the profile's own command for codes, or empty.
    """

    serial: str
    profile: str
    mfa_process: str = ""

    @property
    def text(self) -> str:
        """The question as the user reads it: one line that is no option and cannot move a cursor."""
        return sanitize(f"MFA code for {self.profile} ({self.serial})")[:_LONGEST]


def find_window(settings: Settings) -> Callable[[str], Secret] | None:
    """Return a function that asks for a hidden answer in a window; None if the user's driver doesn't show windows."""
    if settings.mfa_driver not in _WINDOWS:
        return None
    ask: Callable[[str, str, Settings], Secret] = _import("dialogs:ask_hidden")
    return lambda question: ask(settings.mfa_driver, question, settings)


def find_driver(name: str) -> Driver:
    """Return a driver, by a key of `DRIVERS`."""
    driver: Driver = _import(DRIVERS[name])
    return driver


def _import(place: str) -> Any:
    from importlib import import_module

    module, function = place.split(":")
    return getattr(import_module(f"shellvault.ui.mfa.{module}"), function)


def ask_on_terminal(question: Question, _settings: Settings, ui: Ui) -> str:
    """Return what the user types, which is shown: a code is worthless a minute later."""
    try:
        return ui.ask(f"{question.text}: ")
    except NotAskedError as error:
        raise NotAskedError(
            f"profile '{question.profile}' needs an MFA code for {question.serial}: {error.message}",
            f"{error.hint}, or give the code with --mfa-token",
        ) from error
