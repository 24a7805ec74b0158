"""How profiles are laid out in columns, as wide as the terminal is; names from a file may hold anything."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shellvault.core.text import sanitize
from shellvault.ui.table import measure_width, shorten

if TYPE_CHECKING:
    from shellvault.core.profile_search import Choices

_GAP = "  "
_WIDTHS = (7, 12, 24, 14)  # columns of time left, account, role and region
_NARROWEST_NAME = 12  # columns; where names get no more, columns beside them are left out


class Layout:
    """The columns for one width of the terminal: the name first, and beside it as many others as there is room for."""

    def __init__(self, choices: Choices, columns: int) -> None:
        self._choices = choices
        longest = max(map(measure_width, choices.names), default=0)
        room, self._shown = columns - min(longest, max(_NARROWEST_NAME, columns // 2)), 0
        for width in _WIDTHS:
            if room < len(_GAP) + width:
                break
            room -= len(_GAP) + width
            self._shown += 1
        beside = sum(len(_GAP) + width for width in _WIDTHS[: self._shown])
        self._name = max(1, min(longest, columns - beside))

    def format(self, index: int) -> str:
        """Return the line for a profile, without anything that moves the cursor."""
        account, role, region, left = self._choices.details(index)
        cells = zip((left, account, role, region), _WIDTHS[: self._shown], strict=False)
        name = fit(self._choices.names[index], self._name)
        return _GAP.join([name, *(fit(cell, width) for cell, width in cells)]).rstrip()


def fit(text: str, columns: int) -> str:
    """Return a text that is safe to show, padded or cut to this many columns."""
    text = shorten(sanitize(text), columns)
    return text + " " * (columns - measure_width(text))
