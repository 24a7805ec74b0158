"""Durations as people and Go write them: `12h`, `1h30m`, `900s`, `900`; `1h30m0s`, `1.5h`."""

from __future__ import annotations

from time import localtime, strftime

from shellvault.core.errors import UsageError

AWS_TIMEOUT = 30  # seconds that a command waits for AWS, unless SHELLVAULT_TIMEOUT says otherwise

_UNITS = {"h": 3600, "m": 60, "s": 1}
_LONGEST = 9  # digits of a number; nothing lasts longer


def parse_duration(text: str, what: str) -> int:
    """Return a duration in seconds.

    Raises:
        UsageError: the text is not a duration; `what` names it.
    """
    total, digits = 0, ""
    for character in text:
        if _continues(digits, character):
            digits += character
        elif character in _UNITS and digits and digits[-1] != ".":
            total, digits = total + _whole_seconds(digits, _UNITS[character]), ""
        else:
            break
    else:
        if digits and total:  # 1h30: minutes to a person, seconds to us
            total = 0
        elif digits.isdigit():
            total = int(digits)
        if total > 0:
            return total
    raise UsageError(f"{what}: '{text}' is not a duration", "use 12h, 1h30m, 900s, or 900 for 900 seconds")


def parse_timeout(text: str) -> int:
    """Return how many seconds a command waits for AWS; `text` is SHELLVAULT_TIMEOUT's value, which may be empty.

    Raises:
        UsageError: the text is not a duration.
    """
    return parse_duration(text, "the limit in SHELLVAULT_TIMEOUT") if text else AWS_TIMEOUT


def _continues(digits: str, character: str) -> bool:
    if character == ".":
        return digits.isdigit()
    return character.isascii() and character.isdigit() and len(digits) < _LONGEST


def _whole_seconds(digits: str, unit: int) -> int:
    whole, _, fraction = digits.partition(".")
    scale: int = 10 ** len(fraction)
    return int(whole + fraction) * unit // scale


def format_time_left(until: int, now: float) -> str:
    """Return the time left in its two largest units, as `1h5m`, or `expired`."""
    remaining = int(until - now)
    if remaining <= 0:
        return "expired"
    hours, minutes = remaining // 3600, remaining % 3600 // 60
    if hours:
        return f"{hours}h{minutes}m"
    return f"{minutes}m{remaining % 60}s" if minutes else f"{remaining}s"


def format_time_left_short(until: int, now: float) -> str:
    """Return the time left in its largest unit, as prompts show it: `1h`, `52m`."""
    remaining = max(0, int(until - now))
    for unit, size in _UNITS.items():
        if remaining >= size:
            return f"{remaining // size}{unit}"
    return "0s"


def format_clock(at: float, now: float) -> str:
    """Return a time as a clock here shows it, with the date if that is another day."""
    clock, day = localtime(at), localtime(now)
    return strftime("%H:%M" if clock[:3] == day[:3] else "%Y-%m-%d %H:%M", clock)


def format_amount(seconds: float) -> str:
    """Return a length of time as people say it: in minutes, hours, days or years."""
    for unit, size in (("years", 365 * 86400), ("days", 86400), ("h", 3600)):
        if seconds >= 2 * size:
            return f"{seconds / size:.0f} {unit}"
    return f"{seconds / 60:.0f} min"
