"""What our own picker draws, for terminals of any size and names of any kind."""

from __future__ import annotations

import pytest

from shellvault.core.profile_search import Choices
from shellvault.ui.picker.picture import MARKED, Picture
from shellvault.ui.table import measure_width

NAMES = ["payments-prd", "e\x1b]0;t\x07\x1b[2J", "\u202eabc", "漢字" * 30, "a" * 200, *(f"p{n}" for n in range(40))]
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
    rows = [draw(columns, 24)[1][1].split() for columns in (20, 40, 60, 100, 140)]
    details = ["52m1s", "111122223333", "Admin?[2J", "eu-west-1"]
    assert [row[2:] for row in rows] == [[], details[:1], details[:2], details[:3], details]


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
    assert picture.draw(80, 10) == [("", f"  0/{len(NAMES)}   Enter chooses, Esc cancels")]
