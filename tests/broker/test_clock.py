"""A wrong clock is named in the error, with the minutes that it is off, and which way."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.broker.conftest import Person


@pytest.mark.parametrize(
    ("seconds", "words"), [(600, "10 min behind"), (-1800, "30 min ahead of"), (4000, "67 min behind")]
)
def test_a_clock_that_is_off_is_named_with_its_minutes(person: Person, seconds: int, words: str) -> None:
    """AWS's Date header says how far this machine's clock is off; the hint has the command that sets it."""
    person.sandbox.aws.faults.date_skew = seconds
    done = person.sandbox.run("env", "reader", "--shell", "bash")
    assert (done.returncode, done.stdout) == (7, "false\n")
    assert f"error: this machine's clock is {words} AWS's, which accepts 5\n" in done.stderr
    assert "hint: set the clock (timedatectl set-ntp true)" in done.stderr
    assert person.sandbox.aws.world.count("AssumeRole", "ok") == 0


def test_a_clock_that_is_nearly_right_is_right_enough(person: Person) -> None:
    """Four minutes are within what AWS accepts."""
    person.sandbox.aws.faults.date_skew = 240
    assert person.sandbox.run("env", "reader", "--shell", "bash").returncode == 0
