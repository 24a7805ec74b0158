"""A table fits the terminal and is aligned, whatever is in its cells."""

from __future__ import annotations

import pytest

from shellvault.ui.table import Column, fit_widths, format_table, measure_width, shorten, shorten_apart

COLUMNS = (Column("Name", least=6, rank=0), Column("Role", least=5, rank=2), Column("State", least=5, rank=1))
ROWS = (
    ("production", "Administrator", "52m"),
    ("データ分析", "e\u0301te\u0301", "-"),
    ("한국🚀", "\u1112\u1161\u11ab", "-"),
)


@pytest.mark.parametrize(
    ("text", "width"), [("abc", 3), ("データ", 6), ("🚀", 2), ("e\u0301", 1), ("\u1112\u1161\u11ab", 2)]
)
def test_width_is_what_a_terminal_shows(text: str, width: int) -> None:
    """Marks are drawn over the letter before them; East Asian letters and emoji take two columns."""
    assert measure_width(text) == width


def test_columns_are_aligned_in_the_terminal() -> None:
    """The same number of terminal columns is before each cell; no line ends with blanks."""
    lines = format_table(COLUMNS, ROWS).splitlines()
    assert lines[:3] == [
        "Name        Role           State",
        "====        ====           =====",
        "production  Administrator  52m",
    ]
    assert {measure_width(line[: line.rindex(" ")]) for line in lines} == {26}
    assert lines[3].startswith("データ分析  e\u0301te\u0301 ")


@pytest.mark.parametrize("width", range(1, 40))
def test_no_line_is_wider_than_the_terminal(width: int) -> None:
    """However narrow that is; the first column is always there."""
    lines = format_table(COLUMNS, ROWS, width).splitlines()
    assert max(map(measure_width, lines)) <= width
    assert len(lines) == 5
    assert lines[2][: min(width, 6) - 1] == "production"[: min(width, 6) - 1]


@pytest.mark.parametrize(
    ("width", "expected"),
    [
        (0, [10, 13, 5]),
        (32, [10, 13, 5]),
        (31, [10, 12, 5]),
        (24, [10, 5, 5]),
        (20, [6, 5, 5]),
        (19, [10, 0, 5]),
        (13, [6, 0, 5]),
        (12, [10, 0, 0]),
        (3, [3, 0, 0]),
    ],
)
def test_the_least_important_columns_give_way_first(width: int, expected: list[int]) -> None:
    """They are shortened to what still makes sense, and then left out."""
    assert fit_widths(COLUMNS, [10, 13, 5], width) == expected


@pytest.mark.parametrize(
    ("width", "longest", "expected"),
    [
        (40, 20, [20, 8, 6]),
        (30, 20, [20, 0, 6]),  # the role is left out, and the name stays whole
        (28, 20, [20, 0, 6]),
        (27, 20, [12, 5, 6]),  # nothing would make it whole: the role stays
        (20, 20, [12, 0, 6]),
        (30, 90, [15, 5, 6]),
        (11, 20, [11, 0, 0]),
    ],
)
def test_a_name_stays_whole_while_other_columns_can_be_left_out(width: int, longest: int, expected: list[int]) -> None:
    """Those that are not left out for a name stay, too, where it is too long for the terminal."""
    columns = (COLUMNS[0].replace(whole=2), COLUMNS[1], Column("State", least=6, rank=1))
    assert fit_widths(columns, [longest, 8, 6], width) == expected


ALIKE = [
    *("search-production-administratoraccess", "search-production-readonlyaccess", "search-production-readonly"),
    *(f"{zone}-of-the-platform-{place}-team-{number}" for zone in "ab" for place in ("eu", "us") for number in "123"),
    *("データ分析データ分析データ分析の一", "データ分析データ分析データ分析の二", "dev", "production-" * 9),
    *(f"platform-observability-{place}-administratoraccess-{number}" for place in ("eu", "us") for number in "123"),
    *("cafe\u0301" * 8 + end for end in ("e", "e\u0301", "e\u0300")),
]


@pytest.mark.parametrize("width", [16, 19, 24, 30])
def test_shortened_names_do_not_look_alike(width: int) -> None:
    """What they share is cut instead of what they differ in; what fits stays as it is."""
    forms = shorten_apart(ALIKE, width)
    assert len(set(forms)) == len(ALIKE)
    for name, form in zip(ALIKE, forms, strict=True):
        assert measure_width(form) <= width
        assert form == name if measure_width(name) <= width else form[:3] == name[:3]


@pytest.mark.parametrize("width", range(1, 12))
def test_names_are_shortened_to_any_width(width: int) -> None:
    """Where there is no room for what they differ in, they may look alike."""
    assert all(0 < measure_width(form) <= width for form in shorten_apart(ALIKE, width))


def test_what_is_cut_off_is_replaced_by_an_ellipsis() -> None:
    """No letter loses its mark, and none is cut in half."""
    assert [shorten("データ", width) for width in (6, 5, 4, 1)] == ["データ", "デー…", "デ…", "…"]
    assert shorten("e\u0301e\u0301e\u0301", 2) == "e\u0301…"


def test_colours_change_no_widths() -> None:
    """They surround the text and not the blanks after it."""
    rows = (("dev", "Administrator", "52m"), ROWS[0])
    painted = format_table(COLUMNS, rows, 26, lambda row, column: "\x1b[32m" if (row, column) == (0, 0) else "")
    assert painted.splitlines()[2:] == ["\x1b[32mdev\x1b[0m         Admini…  52m", "production  Admini…  52m"]
