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
    assert [names[index] for index in choices.search("ap")] == ["api", "apis", "web-api", "xapi", "x", "a-1-p"]


def test_of_equal_matches_the_used_and_then_the_shortest_names_come_first() -> None:
    """Where a word is in what is shown beside the names, their length says nothing, and they stay in their order."""
    names = ["base-used", "base-now", "base22", "my-base-x", "base2", "my-base", "base"]

    def search(query: str, used: int = 0) -> list[str]:
        choices = Choices(names, lambda _name: ("111122223333", "Admin", "", ""), used)
        return [names[index] for index in choices.search(query)]

    assert search("bas") == ["base", "base2", "base22", "base-now", "base-used", "my-base", "my-base-x"]
    assert search("bas", used=2) == ["base-used", "base-now", "base", "base2", "base22", "my-base", "my-base-x"]
    assert search("base", used=2)[:2] == ["base", "base-used"]
    assert search("admin 1111") == names


@pytest.mark.parametrize("name", ["prod", "Prod", "PROD", "prod eu", "eu prod", "prod eu west", "a", "a-b", "  x"])
def test_a_name_that_is_typed_whole_comes_first(name: str) -> None:
    """Whatever is used more; names that differ in case, or have the same words, are others."""
    names = ["eu prod", "prod eu west", "PROD", "Prod", "prod", "prod eu", "a-b-c", "a-b", "b-a", "a", "  x", "x"]
    choices = Choices(names, lambda _name: ("", "a prod", "eu", ""), used=len(names))
    assert names[choices.search(name)[0]] == name
    assert names[choices.search(f"{name} ")[0]].strip() == name.strip()


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
    assert order_by_use(names, uses, NOW) == (["daily", "ahead", "once", "old", "never", "neither"], 4)
    assert order_by_use(names, [], NOW) == (names, 0)
