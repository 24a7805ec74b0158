"""What an option's value must look like: it is checked before anything is asked or done. Pure."""

from __future__ import annotations

from shellvault.core.chain.sts_parameters import require_session_name
from shellvault.core.durations import parse_duration
from shellvault.core.errors import ShellvaultError, UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

MFA_DIGITS = 6
MOST_JOBS = 256
MFA_DRIVERS = ("terminal", "osascript", "zenity", "kdialog", "wincredui", "ykman", "pass", "process")
"""What can answer the question for an MFA code."""
LOGIN_PLACES = ("container", "profile", "window")
"""Where a console is opened: in a container of Firefox, in a browser profile of its own, or in a private window."""

_SWITCH = {**dict.fromkeys(("1", "true", "yes", "on"), "1"), **dict.fromkeys(("0", "false", "no", "off"), "")}
_IN_REGIONS = frozenset("abcdefghijklmnopqrstuvwxyz0123456789-")


def check_value(kind: str, text: str, what: str) -> None:
    """Refuse a value that is not of its kind, a key of `_CHECKS`; `what` is the option or variable it comes from.

    Raises:
        UsageError: it is not.
    """
    if text or kind not in _OFTEN_UNSET:
        _CHECKS[kind](text, what)


def parse_switch(variable: str, text: str) -> str:
    """Return "1" if a variable turns a switch on, or else the empty string.

    Raises:
        UsageError: its text says neither.
    """
    if text.lower() in _SWITCH:
        return _SWITCH[text.lower()]
    raise UsageError(f"{variable} is '{text}'", f"set {variable} to 1 or 0, or unset it")


def is_mfa_code(text: str) -> bool:
    """Return whether a text is a code, without the spaces that some devices show."""
    return len(text) == MFA_DIGITS and text.isascii() and text.isdigit()


def check_region(text: str, what: str) -> None:
    """Refuse what cannot be a region's name."""
    if not _IN_REGIONS.issuperset(text) or text.startswith("-") or text.isdigit():
        raise UsageError(f"{what}: '{text}' is not a region", "use a name such as eu-west-1")


def name_variables(error: ShellvaultError, variables: Mapping[str, str]) -> None:
    """Make an error name variables in place of the options they gave."""
    error.message, error.hint = put_variables(error.message, error.hint, variables)


def put_variables(message: str, hint: str, variables: Mapping[str, str]) -> tuple[str, str]:
    """Return both texts with variables in place of the options they gave; a command line to type stays unchanged."""
    for option, variable in variables.items():
        message = _replace_word(message, option, variable)
        hint = hint if "shellvault " in hint else _replace_word(hint, option, variable)
    return message, hint


def _check_code(text: str, what: str) -> None:
    """Refuse anything that is not a code, without repeating it: anything may have been pasted."""
    if not is_mfa_code(text.replace(" ", "")):
        raise UsageError(f"{what}: an MFA code has six digits", "give the code that the device shows now")


def _check_driver(text: str, what: str) -> None:
    if text not in MFA_DRIVERS:
        raise UsageError(f"{what}: there is no prompt driver '{text}'", _suggest(text, MFA_DRIVERS))


def _check_login_place(text: str, what: str) -> None:
    _require_given(text, what)
    if text not in LOGIN_PLACES:
        raise UsageError(f"{what} must be container, profile or window, not '{text}'", _suggest(text, LOGIN_PLACES))


def _check_jobs(text: str, what: str) -> None:
    if not (text.isascii() and text.isdecimal() and 1 <= int(text) <= MOST_JOBS):
        raise UsageError(f"{what}: '{text}' is not a number from 1 to {MOST_JOBS}", "use a number such as 8")


def _suggest(text: str, known: tuple[str, ...]) -> str:
    from difflib import get_close_matches

    near = get_close_matches(text.lower(), known, n=1)
    return f"did you mean {near[0]}?" if near else f"choose one of: {', '.join(known)}"


def _replace_word(text: str, old: str, new: str) -> str:
    """Return a text with a word replaced, but not where it is only part of another, as in --no-input-file."""
    done, *parts = text.split(old)
    for part in parts:
        is_part = any(each.isalnum() or each == "-" for each in (done[-1:], part[:1]))
        done += (old if is_part else new) + part
    return done


def _require_given(text: str, what: str) -> None:
    """Refuse a text that is empty, or has an empty line, as an unset variable of a script gives it."""
    if "" in text.split("\n"):
        raise UsageError(f"{what} is empty", f"give it a value, or leave out {what}; is a variable unset?")


def _require_line(text: str, what: str) -> None:
    """Refuse a text that is empty, or is more than one line."""
    if "\n" in text:
        raise UsageError(f"{what} has more than one line", "give it as one line")
    _require_given(text, what)


_CHECKS = {
    "duration": parse_duration,
    "region": check_region,
    "code": _check_code,
    "driver": _check_driver,
    "login place": _check_login_place,
    "jobs": _check_jobs,
    "name": require_session_name,
    "given": _require_line,
    "repeated": _require_given,
}
"""Kind of value -> what refuses any other."""
_OFTEN_UNSET = ("duration", "region", "code", "driver", "jobs", "name")
"""Kinds whose values scripts take from variables that may be empty; the profile's own then counts."""
