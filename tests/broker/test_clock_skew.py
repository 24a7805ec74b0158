"""Clock skew: the error says how far off the clock is, and in which direction."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.broker.conftest import MfaUser


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (600, "10 min behind"),
        (-1800, "30 min ahead of"),
        (4000, "67 min behind"),
        (10_800, "3 h behind"),
        (-3 * 86_400, "3 days ahead of"),
        (34_560_000, "400 days behind"),
        (-5 * 365 * 86_400, "5 years ahead of"),
    ],
)
def test_error_reports_clock_skew(user: MfaUser, seconds: int, words: str) -> None:
    """The skew comes from AWS's Date header; the hint names the command that sets the clock."""
    user.sandbox.aws.faults.date_skew = seconds
    done = user.sandbox.run("env", "reader", "--shell", "bash")
    assert (done.returncode, done.stdout) == (7, "false\n")
    assert f"error: this machine's clock is {words} AWS; the limit is 5 min\n" in done.stderr
    assert "hint: set the clock (timedatectl set-ntp true)" in done.stderr
    assert user.sandbox.aws.world.count("AssumeRole", "ok") == 0


def test_small_clock_skew_is_accepted(user: MfaUser) -> None:
    """Four minutes is within the five that AWS accepts."""
    user.sandbox.aws.faults.date_skew = 240
    assert user.sandbox.run("env", "reader", "--shell", "bash").returncode == 0
