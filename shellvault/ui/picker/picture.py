"""What our own picker shows below the question, and which profile is marked in it. No terminal is touched here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shellvault.ui.picker.profile_rows import Layout, fit

if TYPE_CHECKING:
    from collections.abc import Sequence

    from shellvault.core.profile_search import Choices

MARKED = "reverse"
"""The style of the marked line, in prompt_toolkit's words."""
_HELP = "Enter chooses, Esc cancels"
_SMALL = 5  # lines; a smaller terminal shows the question and profiles only


class Picture:
    """What is on the screen below the question: how many profiles match, and as many of them as there is room for."""

    def __init__(self, choices: Choices, query: str) -> None:
        self._choices = choices
        self._layout: Layout | None
        self._columns = 0
        self._top = 0  # the first match that is shown
        self._room = 1  # for matches
        self.narrow(query)

    def narrow(self, query: str) -> None:
        """Show what matches a query, and mark the best match."""
        self._found: Sequence[int] = self._choices.search(query)
        self._marked = 0
        self._layout = None  # other profiles need columns of other widths

    @property
    def chosen(self) -> int | None:
        """The index of the marked profile; None if nothing matches."""
        return self._found[self._marked] if self._found else None

    def move(self, by: int) -> None:
        """Mark another match, so many further down."""
        self._marked = max(0, min(self._marked + by, len(self._found) - 1))

    def turn_page(self, by: int) -> None:
        """Mark another match, so many screens further down."""
        self.move(by * self._room)

    def draw(self, columns: int, lines: int) -> list[tuple[str, str]]:
        """Return the lines for a terminal of this size, each with its style."""
        if self._layout is None or columns != self._columns:
            self._layout, self._columns = Layout(self._choices, columns - 3), columns  # 3: the mark, and the last one
        has_help = lines >= _SMALL
        self._room = max(1, lines - 1 - has_help)
        self._top = max(min(self._top, self._marked), self._marked - self._room + 1, 0)
        shown = self._found[self._top : self._top + self._room]
        self._layout.make_room(shown)
        rows = [self._draw_row(text, place) for place, text in enumerate(self._layout.format(shown), self._top)]
        count = f"  {len(self._found)}/{len(self._choices.names)}   {_HELP}"
        return [("", fit(count, columns - 1).rstrip()), *rows] if has_help else rows

    def _draw_row(self, text: str, place: int) -> tuple[str, str]:
        return (MARKED, f"> {text}") if place == self._marked else ("", f"  {text}")
