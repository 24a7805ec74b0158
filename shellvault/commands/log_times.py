"""Moments in the past as people write them: how long ago, a date, or a time as the log shows it."""

from __future__ import annotations

from datetime import datetime, timedelta

from shellvault.core.durations import parse_duration
from shellvault.core.errors import UsageError

_DAYS = {"d": 1, "w": 7}
_MOST_DIGITS = 5
_NAMES = {"today": 0, "yesterday": 1}


def parse_moment(text: str, what: str, now: float) -> float:
    """Return a moment in epoch seconds; dates and times without a zone are the local ones.

    Raises:
        UsageError: the text is not a time; `what` names it.
    """
    word = text.strip().lower()
    if word in _NAMES:
        midnight = datetime.fromtimestamp(now).astimezone().replace(hour=0, minute=0, second=0, microsecond=0)
        return (midnight - timedelta(days=_NAMES[word])).timestamp()
    if word.isdecimal() and len(word) <= _MOST_DIGITS:
        raise UsageError(f"{what}: '{text}' has no unit", f"give a unit: {word}h, {word}d")
    try:
        return datetime.fromisoformat(text.strip()).timestamp()
    except (ValueError, OverflowError, OSError):
        pass
    try:
        return now - _parse_age(word)
    except UsageError:
        hint = "write how long ago, such as 2h or 3d, or a moment, such as 2026-11-26 or 2026-11-26T09:30Z"
        raise UsageError(f"{what}: '{text}' is not a time", hint) from None


def _parse_age(word: str) -> int:
    number, unit = word[:-1], word[-1:]
    if unit in _DAYS and number.isascii() and number.isdigit() and len(number) <= _MOST_DIGITS:
        return int(number) * _DAYS[unit] * 86400
    return parse_duration(word, "")


def format_local(utc: str) -> str:
    """Return a time such as `2026-01-01T00:00:00Z` as local date and time; anything else unchanged."""
    try:
        return datetime.fromisoformat(utc).astimezone().strftime("%Y-%m-%d %H:%M:%S")
    except (ValueError, OverflowError, OSError):
        return utc
