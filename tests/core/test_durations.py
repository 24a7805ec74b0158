"""Lengths of time, read and shown."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shellvault.core.durations import format_time_left, parse_duration
from shellvault.core.errors import UsageError
from tests.core.generated import GENERATED


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("12h", 43200),
        ("1h30m", 5400),
        ("900s", 900),
        ("900", 900),
        ("1h2m3s", 3723),
        ("0h15m", 900),
        ("090m", 5400),
        ("1h30m0s", 5400),
        ("1.5h", 5400),
        ("0.25h", 900),
        ("90.5s", 90),
        ("12h0m0.75s", 43200),
    ],
)
def test_people_write_lengths_of_time(text: str, expected: int) -> None:
    """Hours, minutes and seconds; a bare number is seconds. Go writes them in full, and takes parts of them."""
    assert parse_duration(text, "--duration") == expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        "0",
        "0h",
        "h",
        "1d",
        "1H",
        " 1h",
        "1h ",
        "-1h",
        "+1",
        "1.5",
        ".5h",
        "1.h",
        "1.2.3h",
        "0.1s",
        "1,5h",
        "500ms",
        "1e3",
        "١h",  # noqa: RUF001 - a digit of another script is the point
        "1h30",
        "12 h",
        "9" * 5000,
        "9" * 400 + "h",
    ],
)
def test_what_is_no_length_of_time_is_refused(text: str) -> None:
    """The error names where it stood, and shows the forms; a unit left out after others is not guessed."""
    with pytest.raises(UsageError, match=r"^--duration: '") as raised:
        parse_duration(text, "--duration")
    assert (raised.value.hint, raised.value.status) == ("write 12h, 1h30m, 900s or 900", 2)


@GENERATED
@given(st.integers(0, 99), st.integers(0, 99), st.integers(1, 99))
def test_the_parts_add_up(hours: int, minutes: int, rest: int) -> None:
    """Each unit counts for what it is."""
    assert parse_duration(f"{hours}h{minutes}m{rest}s", "x") == hours * 3600 + minutes * 60 + rest


@pytest.mark.parametrize(
    ("remaining", "expected"),
    [
        (-5, "expired"),
        (0, "expired"),
        (0.9, "expired"),
        (1, "1s"),
        (59, "59s"),
        (60, "1m0s"),
        (3599, "59m59s"),
        (3600, "1h0m"),
        (3660.9, "1h1m"),
        (129600, "36h0m"),
    ],
)
def test_time_left_is_told_in_its_two_largest_units(remaining: float, expected: str) -> None:
    """Never more than there is."""
    assert format_time_left(1000, 1000 - remaining) == expected
