"""Lays out a table: columns are aligned, and shortened or left out before a line would wrap in the terminal. Pure."""

from __future__ import annotations

from shellvault.core.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    Paint = Callable[[int, int], str]

GAP = "  "
ELLIPSIS = "…"
_RESET = "\x1b[0m"
_JAMO = ("\u1160", "\u11ff")  # vowels and final consonants, which are drawn into the syllable before them


class Column(Record):
    """A column: its title, and the width below which nobody could make sense of what is in it.

    Where there is no room, columns of a higher `rank` are shortened first, and left out first.
    """

    title: str
    least: int
    rank: int


def format_table(
    columns: Sequence[Column], rows: Sequence[Sequence[str]], width: int = 0, paint: Paint | None = None
) -> str:
    """Return a table, with a line end after each row; cells must be printable.

    Args:
        columns: the columns, from left to right.
        rows: a cell for each column.
        width: the terminal's; 0 for no limit.
        paint: returns the colour of a cell, given its row and column, as an escape sequence; empty for none.
    """
    titles = [column.title for column in columns]
    cells = list(zip(titles, ["=" * len(title) for title in titles], *rows, strict=True))
    natural = [_measure_longest(each) for each in cells]
    widths = fit_widths(columns, natural, width)
    kept = [number for number, each in enumerate(widths) if each]
    for number in kept:
        if widths[number] < natural[number]:
            cells[number] = tuple([shorten(cell, widths[number]) for cell in cells[number]])
    padded = [*(_pad_cells(cells[number], widths[number]) for number in kept[:-1]), list(cells[kept[-1]])]
    if paint:
        for number, lines in zip(kept, padded, strict=True):
            lines[2:] = [_paint(cell, paint(row, number)) for row, cell in enumerate(lines[2:])]
    return "\n".join([*map(GAP.join, zip(*padded, strict=True)), ""])


def fit_widths(columns: Sequence[Column], natural: Sequence[int], width: int) -> list[int]:
    """Return each column's width, given that of its longest cell; 0 for a column that is left out."""
    if not width:
        return list(natural)
    least = [min(column.least, own) for column, own in zip(columns, natural, strict=True)]
    kept = sorted(range(len(columns)), key=lambda number: columns[number].rank)
    while kept[1:] and _add_up([least[number] for number in kept]) > width:
        kept.pop()
    excess = _add_up([natural[number] for number in kept]) - width
    widths = [0] * len(columns)
    for number in reversed(kept):
        widths[number] = natural[number] - max(0, min(excess, natural[number] - least[number]))
        excess -= natural[number] - widths[number]
    if excess > 0:  # not even one column has its room
        widths[kept[0]] = width
    return widths


def measure_width(text: str) -> int:
    """Return how many columns of a terminal a printable text takes."""
    return len(text) if text.isascii() else sum(map(_measure_character, text))


def shorten(text: str, width: int) -> str:
    """Return a text that takes at most this many columns, at least one; what is cut off is replaced by `…`."""
    if measure_width(text) <= width:
        return text
    end, room = 0, width - len(ELLIPSIS)
    while (room := room - _measure_character(text[end])) >= 0:
        end += 1
    return text[:end] + ELLIPSIS


def _add_up(widths: Sequence[int]) -> int:
    return sum(widths) + len(GAP) * (len(widths) - 1)


def _measure_longest(cells: Sequence[str]) -> int:
    return max(map(len if "".join(cells).isascii() else measure_width, cells))


def _pad_cells(cells: Sequence[str], width: int) -> list[str]:
    if "".join(cells).isascii():
        return [cell.ljust(width) for cell in cells]
    return [cell + " " * (width - measure_width(cell)) for cell in cells]


def _paint(cell: str, color: str) -> str:
    text = cell.rstrip()
    return f"{color}{text}{_RESET}{cell[len(text) :]}" if color else cell


def _measure_character(character: str) -> int:
    from unicodedata import category, east_asian_width  # few names need it

    if category(character) in ("Mn", "Me") or _JAMO[0] <= character <= _JAMO[1]:
        return 0
    return 2 if east_asian_width(character) in "WF" else 1
