"""The drivers that get an MFA code from a person or a machine, by name; each is imported when it is used."""

from __future__ import annotations

from shellvault.core.errors import UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from shellvault.ui.mfa.question import Question

    Driver = Callable[[Question], str]

DRIVERS = {
    "terminal": "shellvault.ui.terminal",
    "osascript": "shellvault.ui.mfa.osascript",
    "zenity": "shellvault.ui.mfa.zenity",
    "kdialog": "shellvault.ui.mfa.kdialog",
    "wincredui": "shellvault.ui.mfa.wincredui",
    "ykman": "shellvault.ui.mfa.ykman",
    "pass": "shellvault.ui.mfa.passotp",
    "process": "shellvault.ui.mfa.mfa_process",
}
"""Name -> module of this package; each module has `code(question: Question) -> str`."""


def driver(name: str) -> Driver:
    """Return what answers the question for a code.

    Raises:
        UsageError: there is no such driver.
    """
    from importlib import import_module

    if name not in DRIVERS:
        raise UsageError(f"there is no prompt driver '{name}'", _nearest(name))
    code: Driver = import_module(DRIVERS[name]).code
    return code


def _nearest(name: str) -> str:
    from difflib import get_close_matches

    near = get_close_matches(name.lower(), DRIVERS, n=1)
    return f"did you mean {near[0]}?" if near else f"choose one of: {', '.join(DRIVERS)}"
