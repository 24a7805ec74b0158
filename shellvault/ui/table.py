"""Lays out a table: columns are aligned, and shortened or left out before a line would wrap in the terminal. Pure."""

from __future__ import annotations

from shellvault.core.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    Paint = Callable[[int, int], str]

GAP = "  "
ELLIPSIS = "…"
_RESET = "\x1b[0m"
_APART = 8  # columns; texts that are shortened to fewer have no room for where they differ
_ROUNDS = 4  # after which texts that still look alike stay so
_JAMO = ("\u1160", "\u11ff")  # vowels and final consonants, which are drawn into the syllable before them


class Column(Record):
    """A column: its title, and the width below which nobody could make sense of what is in it.

    Where there is no room, columns of a higher `rank` are shortened first, and left out first.

    `whole` is for names, which people copy: columns of this rank and above are left out before a name is shortened. If
    that is not enough, columns of this rank stay, and names are shortened in such a way that they remain different.
    """

    title: str
    least: int
    rank: int
    whole: int = 0


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
            cells[number] = tuple(_shorten_cells(cells[number], columns[number], widths[number]))
    padded = [*(_pad_cells(cells[number], widths[number]) for number in kept[:-1]), list(cells[kept[-1]])]
    if paint:
        for number, lines in zip(kept, padded, strict=True):
            lines[2:] = [_paint(cell, paint(row, number)) for row, cell in enumerate(lines[2:])]
    return "\n".join([*map(GAP.join, zip(*padded, strict=True)), ""])


def fit_widths(columns: Sequence[Column], natural: Sequence[int], width: int) -> list[int]:
    """Return each column's width, given that of its longest cell; 0 for a column that is left out."""
    if not width:
        return list(natural)
    least = _find_least(columns, natural, width)
    kept = sorted(range(len(columns)), key=lambda number: columns[number].rank)
    while kept[1:] and add_up([least[number] for number in kept]) > width:
        kept.pop()
    excess = add_up([natural[number] for number in kept]) - width
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
    if text[: room + 1].isascii():
        return text[:room] + ELLIPSIS
    while (room := room - _measure_character(text[end])) >= 0:
        end += 1
    return text[:end] + ELLIPSIS


def shorten_apart(texts: Sequence[str], width: int) -> list[str]:
    """Return the texts, shortened to this many columns in such a way that different ones remain different.

    Usually the end of a text is cut off; of texts that begin alike, it is a part of what they share.
    """
    forms = {text: shorten(text, width) for text in texts}
    places: dict[str, set[int]] = {}
    for _ in range(_ROUNDS if width >= _APART else 0):
        for group in _group_alike(forms):
            place = _find_difference(group)
            for text in group:
                places.setdefault(text, set()).add(place)
                forms[text] = _shorten_around(text, sorted(places[text]), width)
    return [forms[text] for text in texts]


def _group_alike(forms: Mapping[str, str]) -> list[list[str]]:
    """Return the groups of different texts whose short form is the same."""
    groups: dict[str, list[str]] = {}
    for text, form in forms.items():
        if text != form:
            groups.setdefault(form, []).append(text)
    return [group for group in groups.values() if group[1:]]


def _find_difference(texts: Sequence[str]) -> int:
    """Return the first place at which not all of these texts have the same character."""
    pairs = zip(min(texts), max(texts), strict=False)
    return next((place for place, (one, other) in enumerate(pairs) if one != other), len(min(texts)))


def _shorten_around(text: str, places: Sequence[int], width: int) -> str:
    """Return a short form of a text that keeps what is at each of these places."""
    if not places:
        return shorten(text, width)
    *others, last = places
    end = text[max(0, last - 1) :]
    share = width * len(places) // (len(places) + 2)
    return shorten(_shorten_around(text, others, max(share, width - measure_width(end))) + end, width)


def _shorten_cells(cells: Sequence[str], column: Column, width: int) -> list[str]:
    return shorten_apart(cells, width) if column.whole else [shorten(cell, width) for cell in cells]


def _find_least(columns: Sequence[Column], natural: Sequence[int], width: int) -> list[int]:
    """Return for each column the width below which other columns are left out instead."""
    least = [min(column.least, own) for column, own in zip(columns, natural, strict=True)]
    for number, column in enumerate(columns):
        if column.whole:
            beside = [(each.rank, least[other]) for other, each in enumerate(columns) if other != number]
            few, more = ([own for rank, own in beside if rank < limit] for limit in (column.whole, column.whole + 1))
            is_enough = add_up([natural[number], *few]) <= width
            least[number] = natural[number] if is_enough else max(least[number], width - add_up([0, *more]))
    return least


def add_up(widths: Sequence[int]) -> int:
    """Return how wide a line of columns with these widths is."""
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
    if character.isascii() or character == ELLIPSIS:
        return 1
    from unicodedata import category, east_asian_width  # few names need it

    if category(character) in ("Mn", "Me") or _JAMO[0] <= character <= _JAMO[1]:
        return 0
    return 2 if east_asian_width(character) in "WF" else 1
