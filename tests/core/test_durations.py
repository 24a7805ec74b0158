"""How durations are parsed and shown."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from shellvault.core.durations import format_time_left, parse_duration
from shellvault.core.errors import UsageError
from tests.core.generated import GENERATED

if TYPE_CHECKING:
    from decimal import Decimal


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
        ("1.005h", 3618),  # 3617.9999999999995 in binary floating point
        ("0.1m", 6),
    ],
)
def test_durations_are_parsed(text: str, expected: int) -> None:
    """A bare number is seconds; Go's spellings, with every unit and with fractions, are accepted too."""
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
        "١h",  # noqa: RUF001 - a digit of another script
        "1h30",
        "12 h",
        "9" * 5000,
        "9" * 400 + "h",
    ],
)
def test_invalid_durations_are_refused(text: str) -> None:
    """The error names the option, and the hint shows the formats; a missing unit is never guessed."""
    with pytest.raises(UsageError, match=r"^--duration: '") as raised:
        parse_duration(text, "--duration")
    assert (raised.value.hint, raised.value.status) == ("use 12h, 1h30m, 900s, or 900 for 900 seconds", 2)


@GENERATED
@given(st.integers(0, 99), st.integers(0, 99), st.integers(1, 99))
def test_units_add_up(hours: int, minutes: int, rest: int) -> None:
    """Hours, minutes and seconds in one duration are added."""
    assert parse_duration(f"{hours}h{minutes}m{rest}s", "x") == hours * 3600 + minutes * 60 + rest


@GENERATED
@given(st.decimals(min_value="0.001", max_value="99999.999", places=3), st.sampled_from("hms"))
def test_fractions_are_exact_and_rounded_down_to_seconds(number: Decimal, unit: str) -> None:
    """Exact fractions are the oracle, because binary floating point is not."""
    expected = int(Fraction(number) * {"h": 3600, "m": 60, "s": 1}[unit])
    assume(expected > 0)
    assert parse_duration(f"{number}{unit}", "x") == expected


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
def test_time_left_is_shown_in_its_two_largest_units(remaining: float, expected: str) -> None:
    """It is rounded down."""
    assert format_time_left(1000, 1000 - remaining) == expected
