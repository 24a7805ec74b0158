"""Which profiles match what is typed, and in which order they are offered."""

from __future__ import annotations

import pytest

from shellvault.core.profile_search import HALF_LIFE, Choices, order_by_use

DETAILS = {
    "search-prd": ("111122223333", "Admin", "eu-west-1", ""),
    "payments-prd": ("444455556666", "Admin", "us-east-1", "52m1s"),
    "payments-dev": ("777788889999", "ReadOnly", "eu-west-1", ""),
    "dev": ("", "", "", ""),
    "Überweisung": ("", "", "", ""),
}
DAY = 86400
NOW = 1_800_000_000


def make_choices() -> Choices:
    """Return the profiles above, in that order."""
    return Choices(list(DETAILS), DETAILS.__getitem__)


def find(query: str, choices: Choices | None = None) -> list[str]:
    """Return the names that match a query, the best first."""
    return [list(DETAILS)[index] for index in (choices or make_choices()).search(query)]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", list(DETAILS)),
        ("  ", list(DETAILS)),
        ("pay prd", ["payments-prd"]),
        ("prd pay", ["payments-prd"]),
        ("PAY PRD", ["payments-prd"]),
        ("prd", ["search-prd", "payments-prd"]),
        ("dev", ["dev", "payments-dev"]),  # the name itself comes before a part of one
        ("admin us-east", ["payments-prd"]),
        ("7777", ["payments-dev"]),
        ("readonly eu", ["payments-dev"]),
        ("pyprd", ["payments-prd"]),  # letters in this order
        ("drp", []),
        ("über", ["Überweisung"]),
        ("pay nothing", []),
        ("52m", []),
    ],
)
def test_every_word_has_to_match_in_any_order(query: str, found: list[str]) -> None:
    """A word matches in the name, account, role or region; scattered letters only in the name."""
    assert find(query) == found


def test_a_better_match_comes_before_one_that_is_used_more() -> None:
    """The whole name, its beginning, a part's beginning, inside, beside it, scattered."""
    names = ["a-1-p", "x", "xapi", "web-api", "apis", "api"]
    choices = Choices(names, lambda name: ("", "api" if name == "x" else "", "", ""))
    assert [names[index] for index in choices.search("api")] == ["api", "apis", "web-api", "xapi", "x"]
    assert [names[index] for index in choices.search("ap")] == ["apis", "api", "web-api", "xapi", "x", "a-1-p"]


def test_typing_and_deleting_gives_what_a_new_search_gives() -> None:
    """A longer query searches only what a shorter one has found; a shorter one searches everything again."""
    choices = make_choices()
    for query in ("p", "pr", "prd", "prd ", "prd p", "prd", "", "dev", "d"):
        assert find(query, choices) == find(query)


def test_the_order_counts_uses_and_recent_ones_count_more() -> None:
    """A use counts half as much after some days. What was never used stays in its order, at the end."""
    uses = [
        *[(NOW - 20 * HALF_LIFE, "old")] * 1000,
        *[(NOW - DAY, "daily")] * 5,
        (NOW - 10, "once"),
        (NOW + 10 * DAY, "ahead"),  # a clock that was wrong counts as now
        (NOW, "removed"),
    ]
    names = ["never", "neither", "old", "once", "daily", "ahead"]
    assert order_by_use(names, uses, NOW) == ["daily", "ahead", "once", "old", "never", "neither"]
    assert order_by_use(names, [], NOW) == names
