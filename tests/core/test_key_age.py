"""How old a key pair is, and the setting that says from when on it counts as old."""

from __future__ import annotations

import pytest

from shellvault.core.errors import UsageError
from shellvault.core.key_age import KeyAge, parse_limit

DAY = 86400
NOW = 1_800_000_000


@pytest.mark.parametrize(
    ("text", "days"),
    [("", 90), ("90d", 90), ("30", 30), (" 7D ", 7), ("0", 0), ("0d", 0), ("off", 0), ("Off", 0), ("no", 0)],
)
def test_the_setting_is_a_number_of_days(text: str, days: int) -> None:
    """With or without the unit; `off` and 0 switch it off."""
    assert parse_limit(text, "LIMIT") == days


@pytest.mark.parametrize("text", ["x", "-3", "3m", "d", "90 d", "1.5d", "²", "999999", "12h"])
def test_anything_else_is_an_error_that_names_the_setting(text: str) -> None:
    """The hint says what to write."""
    with pytest.raises(UsageError, match=f"^LIMIT is '{text}', which is not a number of days$") as caught:
        parse_limit(text, "LIMIT")
    assert caught.value.hint == "set LIMIT to 90d, or to off"


@pytest.mark.parametrize(
    ("seconds", "days"), [(0, 0), (DAY - 1, 0), (DAY, 1), (91 * DAY, 91), (-1, 0), (-400 * DAY, 0)]
)
def test_days_are_whole_and_never_negative(seconds: int, days: int) -> None:
    """Also if the clock has gone back since then."""
    assert KeyAge(NOW - seconds, is_told=True).days(NOW) == days


@pytest.mark.parametrize(
    ("days", "limit", "expected"), [(90, 90, False), (91, 90, True), (5000, 0, False), (1, 0, False)]
)
def test_a_key_pair_is_old_after_the_last_day(days: int, limit: int, *, expected: bool) -> None:
    """Ninety days are not yet more than ninety; without a limit, nothing is old."""
    assert KeyAge(NOW - days * DAY, is_told=True).is_over(limit, NOW) is expected


def test_the_time_of_storing_is_a_lower_bound() -> None:
    """The key pair may have been in use long before."""
    assert KeyAge(NOW - DAY + 1, is_told=True).describe(NOW) == "less than a day old"
    assert KeyAge(NOW - DAY + 1, is_told=False).describe(NOW) == "new to this vault"
    assert KeyAge(NOW - DAY, is_told=True).describe(NOW) == "1 day old"
    assert KeyAge(NOW - 132 * DAY, is_told=False).describe(NOW) == "at least 132 days old"
