"""Patterns choose names as a shell's do; those of `SHELLVAULT_DANGER` mean to `each` what they mean to the hooks."""

from __future__ import annotations

import pytest

from shellvault.core.errors import NoSuchProfileError
from shellvault.core.patterns import is_dangerous, select_matching
from tests.hook.test_danger_patterns import LONG, MATCHES, SLOW


def test_a_pattern_that_is_a_name_chooses_that_name() -> None:
    """It also chooses what it matches, and nobody has to know which signs of a name have a meaning in patterns."""
    names = ["we[ird]*", "weird", "weir", "wax", "what?", "whats", "[", "a[b]", "dev"]
    for pattern, chosen in (
        ("we[ird]*", ["we[ird]*", "weird", "weir"]),
        ("what?", ["what?", "whats"]),
        ("[", ["["]),
        ("a[b]", ["a[b]"]),
        ("[[]", ["["]),
        ("we[[]*", ["we[ird]*"]),
    ):
        assert select_matching(names, [pattern]) == chosen, pattern
    with pytest.raises(NoSuchProfileError):
        select_matching(names, ["dev", "we[xyz]*"])


@pytest.mark.parametrize(
    ("pattern", "hint"),
    [
        ("web", "did you mean '*web*'?"),
        ("dve-*", "did you mean dev-api or dev-web?"),
        ("prod-wbe", "did you mean prod-web?"),
        ("nothing", "shellvault list shows all of them"),
    ],
)
def test_what_matches_nothing_is_an_error_with_the_nearest(pattern: str, hint: str) -> None:
    """A part of names is completed to a pattern; a part that is misspelt leads to the names that have it."""
    with pytest.raises(NoSuchProfileError) as caught:
        select_matching(["dev-api", "dev-web", "prod-web", "other"], [pattern])
    assert caught.value.hint == hint


def test_each_asks_about_what_the_hooks_mark() -> None:
    """The same cases as for the shells; an empty setting marks nothing."""
    assert [case for case in MATCHES if is_dangerous(case[1], case[0]) != case[2]] == []
    assert is_dangerous("a(b)", "*(b)*")
    assert not is_dangerous("production", "")


def test_no_pattern_takes_long() -> None:
    """With thirty stars, a naive match would take years."""
    assert [patterns for patterns in SLOW if is_dangerous(LONG, patterns)] == ["*" * 900]
