"""The patterns of `SHELLVAULT_DANGER` mean to `each` what they mean to the hooks."""

from __future__ import annotations

from shellvault.core.patterns import is_dangerous
from tests.hook.test_danger_patterns import LONG, MATCHES, SLOW


def test_each_asks_about_what_the_hooks_mark() -> None:
    """The same cases as for the shells; an empty setting marks nothing."""
    assert [case for case in MATCHES if is_dangerous(case[1], case[0]) != case[2]] == []
    assert is_dangerous("a(b)", "*(b)*")
    assert not is_dangerous("production", "")


def test_no_pattern_takes_long() -> None:
    """With thirty stars, a naive match would take years."""
    assert [patterns for patterns in SLOW if is_dangerous(LONG, patterns)] == ["*" * 900]
