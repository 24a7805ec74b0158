"""What our own picker draws, for terminals of any size and names of any kind."""

from __future__ import annotations

import pytest

from shellvault.core.profile_search import Choices
from shellvault.ui.picker.picture import MARKED, Picture
from shellvault.ui.table import measure_width

NAMES = ["payments-prd", "e\x1b]0;t\x07\x1b[2J", "\u202eabc", "漢字" * 30, "a" * 200, *(f"p{n}" for n in range(40))]
HELP = "Enter chooses, Esc cancels"
DETAILS = ("111122223333", "Admin\x1b[2J", "eu-west-1", "52m1s")


def draw(columns: int, lines: int, query: str = "") -> list[tuple[str, str]]:
    """Return the styled lines below the question."""
    return Picture(Choices(NAMES, lambda _name: DETAILS), query).draw(columns, lines)


@pytest.mark.parametrize("columns", [1, 4, 20, 40, 80, 300])
@pytest.mark.parametrize("lines", [1, 2, 3, 5, 24])
def test_the_picture_fits_and_moves_no_cursor(columns: int, lines: int) -> None:
    """Below the question there is at least the marked profile."""
    drawn = draw(columns, lines)
    assert len(drawn) <= max(lines - 1, 1)
    assert [style for style, _text in drawn].count(MARKED) == 1
    assert all(text.isprintable() for _style, text in drawn)
    if columns >= 4:
        assert max(measure_width(text) for _style, text in drawn) < columns


def test_columns_appear_as_the_terminal_has_room_for_them() -> None:
    """The time left first, then account, role and region."""
    rows = [draw(columns, 24)[1][1].split() for columns in (20, 40, 55, 66, 140)]
    details = ["52m1s", "111122223333", "Admin?[2J", "eu-west-1"]
    assert [row[2:] for row in rows] == [[], details[:2], details[:3], details, details]


ROLES = ("AdministratorAccess", "ReadOnlyAccess", "PowerUserAccess")
WRITTEN = [
    f"{team}-{stage}-{role.lower()}"
    for team in ("payments", "search")
    for stage in ("production", "production-eu", "staging")
    for role in ROLES
]
WIDE = ["データ分析-" + name for name in WRITTEN[:3]]


def describe(name: str) -> tuple[str, str, str, str]:
    """Return account, role, region and time left, of which the last is known of one profile."""
    role = next((role for role in ROLES if role.lower() in name), "ops")
    return "400000000002", role, "eu-central-1", "52m" if name == WRITTEN[1] else ""


@pytest.mark.parametrize("names", [WRITTEN, [*WRITTEN, "x" * 150], ["a", "b" * 29, *WRITTEN[:2]], [*WIDE, WRITTEN[1]]])
def test_eighty_columns_show_all_of_profiles_with_long_names(names: list[str]) -> None:
    """Name and role are shortened before anything is left out; no two names look alike, and one long one hides none."""
    rows = [text[2:] for _style, text in Picture(Choices(names, describe), "").draw(80, 30)[1:]]
    assert max(map(measure_width, rows)) < 80 - 2
    assert len({row.split()[0] for row in rows}) == len(rows) == len(names)
    for name, row in zip(names, rows, strict=True):
        shown, *left, account, role, region = row.split()
        assert (shown[:5], left) == (name[:5], ["52m"] if name == WRITTEN[1] else [])
        assert (account, role[:6], region) == ("400000000002", describe(name)[1][:6], "eu-central-1")


def test_a_long_name_shortens_no_role_before_itself() -> None:
    """It gets what room the others leave, and nothing is shortened in a terminal that is wide enough."""
    names = ["dev", *WRITTEN[:3], "x" * 150]
    rows = [text for _style, text in Picture(Choices(names, describe), "").draw(100, 30)[1:]]
    assert [row.split()[-2] for row in rows] == ["ops", *ROLES, "ops"]
    rows = [text for _style, text in Picture(Choices(names[:4], describe), "").draw(104, 30)[1:]]
    assert [row.split()[0] for row in rows[1:]] == WRITTEN[:3]
    assert [len(row) for row in rows[1:]] == [2 + 39 + 2 + 3 + 2 + 12 + 2 + 19 + 2 + 12] * 3


def test_columns_are_as_wide_as_what_is_in_them() -> None:
    """What no profile has takes no room; while a list is read, columns only widen."""
    names = [f"p{number}" for number in range(40)]
    names[20] = "a-longer-name"
    picture = Picture(Choices(names, lambda name: ("", "ops" if name == "p0" else "Admin", "", "")), "")
    assert [text for _style, text in picture.draw(23, 6)][1:3] == ["> p0  ops", "  p1  Admin"]
    picture.move(21)
    assert picture.draw(23, 6)[-1][1] == "> p21            Admin"
    picture.move(-21)
    assert picture.draw(23, 6)[1][1] == "> p0             ops"
    picture.narrow("p0")
    assert [text for _style, text in picture.draw(80, 6)][:2] == [f"  3/40   {HELP}", "> p0   ops"]


def test_the_marked_profile_stays_on_the_screen() -> None:
    """However far it moves; at both ends it stays where it is."""
    picture = Picture(Choices(NAMES, lambda _name: DETAILS), "")
    for by, marked in ((1, 1), (-5, 0), (30, 30), (-1, 29), (1000, len(NAMES) - 1), (-20, len(NAMES) - 21)):
        picture.move(by)
        assert picture.chosen == marked
        assert [text[:2] for style, text in picture.draw(80, 10) if style == MARKED] == ["> "]
    picture.narrow("no such thing")
    picture.move(1)
    assert picture.chosen is None
    assert picture.draw(80, 10) == [("", f"  0/{len(NAMES)}   {HELP}")]
