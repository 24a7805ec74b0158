"""How profiles are laid out in columns, as wide as the terminal is; names from a file may hold anything."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shellvault.core.text import sanitize
from shellvault.ui.table import GAP, Column, add_up, fit_widths, measure_width, shorten, shorten_apart

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from shellvault.core.profile_search import Choices

_COLUMNS = (
    Column("name", least=16, rank=0),
    Column("time left", least=5, rank=1),
    Column("account", least=12, rank=2),
    Column("role", least=10, rank=3),
    Column("region", least=14, rank=4),
)
_USUAL = tuple([column.least for column in _COLUMNS])
_LONG_NAME = 32  # columns; a name gets more only where all else is whole


class Layout:
    """The columns for one width of the terminal: the name, and beside it as many others as there is room for.

    They are as wide as the longest cells of those profiles that were given to `make_room`.
    """

    def __init__(self, choices: Choices, columns: int) -> None:
        self._choices = choices
        self._columns = max(1, columns)
        self._longest = [1] + [0] * (len(_COLUMNS) - 1)

    def make_room(self, indexes: Iterable[int]) -> None:
        """Widen the columns for these profiles; none becomes narrower, so that nothing moves while a list is read."""
        for index in indexes:
            self._longest = list(map(max, self._longest, map(measure_width, self.cells(index))))

    def make_usual_room(self) -> None:
        """Widen the columns to what most profiles need, for those that nobody has looked at yet."""
        self._longest = list(map(max, self._longest, _USUAL))

    def format(self, indexes: Sequence[int]) -> list[str]:
        """Return a line for each profile; names that have to be shortened stay different from each other."""
        columns = zip(*map(self.cells, indexes), strict=True)
        shown = [_align(cells, width) for cells, width in zip(columns, self._fit(), strict=False) if width]
        return [GAP.join(row).rstrip() for row in zip(*shown, strict=True)]

    def cells(self, index: int) -> list[str]:
        """Return what is known of a profile, without anything that moves the cursor; the name comes first."""
        account, role, region, left = self._choices.details(index)
        return [sanitize(cell) for cell in (self._choices.names[index], left, account, role, region)]

    def _fit(self) -> list[int]:
        """Return each column's width; 0 for one that is left out, or empty."""
        used = [number for number, longest in enumerate(self._longest) if longest]
        natural = [self._longest[number] for number in used]
        widths = fit_widths(
            [_COLUMNS[number] for number in used], [min(natural[0], _LONG_NAME), *natural[1:]], self._columns
        )
        spare = self._columns - add_up(list(filter(None, widths)))
        widths[0] += max(0, min(spare, natural[0] - widths[0]))
        found = dict(zip(used, widths, strict=True))
        return [found.get(number, 0) for number in range(len(_COLUMNS))]


def fit(text: str, columns: int) -> str:
    """Return a text that is safe to show, padded or cut to this many columns."""
    return _pad(shorten(sanitize(text), columns), columns)


def _align(cells: Sequence[str], width: int) -> list[str]:
    return [_pad(cell, width) for cell in shorten_apart(cells, width)]


def _pad(text: str, columns: int) -> str:
    return text + " " * (columns - measure_width(text))
