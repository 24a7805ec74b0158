"""Draws a recorded screen as a self-contained SVG; without animation it shows the final screen."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tests.recording.play import Cell

SIZE = 16  # px
WIDTH, HEIGHT = 9.7, 23  # px, of a character of that size and its line
MARGIN = 24
BAR = 40
LONGEST_PAUSE = 1.6  # seconds; nobody wants to watch a prompt for longer
REST = 8.0  # seconds for which the final screen stays
BUTTONS = ("#e5484d", "#f5c451", "#4cc38a")
COLOURS = {
    "default": "#d4d7dc",
    "black": "#1b1f26",
    "red": "#e5484d",
    "green": "#4cc38a",
    "brown": "#f5c451",
    "yellow": "#f5c451",
    "blue": "#6aa7f8",
    "magenta": "#c792ea",
    "cyan": "#56c7d6",
    "white": "#d4d7dc",
    "brightwhite": "#ffffff",
    "comment": "#98a2b3",
}
"""pyte's names (its brown is everyone else's yellow), and our own for a comment."""


def drawing(rows: list[list[Cell]], title: str) -> str:
    """Return the SVG of a screen whose characters appear in the order of their moments."""
    clock = shortened({cell.moment for row in rows for cell in row if cell.text.strip()})
    length = max(clock.values()) + REST
    width = round(len(rows[0]) * WIDTH + 2 * MARGIN)
    height = round(BAR + len(rows) * HEIGHT + 1.5 * MARGIN)
    body = "".join(_row(number, row, clock) for number, row in enumerate(rows))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}"'
        f' role="img" aria-labelledby="title">\n<title id="title">{escape(title)}</title>\n'
        f"<style>\n{_style(clock, length)}</style>\n"
        f'<rect x="0.5" y="0.5" width="{width - 1}" height="{height - 1}" rx="10" fill="#1b1f26" stroke="#444b57"/>\n'
        f'{_buttons()}<path d="M1 {BAR}H{width - 1}" stroke="#333a45"/>\n'
        f'<text class="title" x="{width / 2}" y="{BAR - 14}" text-anchor="middle">{escape(title)}</text>\n'
        f"{body}</svg>\n"
    )


def shortened(moments: Iterable[float]) -> dict[float, float]:
    """Return when each moment is shown: in the same order, with long pauses cut short."""
    shown, before, now = {}, 0.0, 0.0
    for moment in sorted(moments):
        now += min(moment - before, LONGEST_PAUSE)
        before = moment
        shown[moment] = round(now, 1)
    return shown


def _buttons() -> str:
    return "".join(
        f'<circle cx="{MARGIN + 20 * number}" cy="{BAR / 2}" r="6" fill="{colour}"/>'
        for number, colour in enumerate(BUTTONS)
    )


def _style(clock: dict[float, float], length: float) -> str:
    """Return the style sheet; each moment has a class that hides its characters until then."""
    lines = [
        f"text {{ font: {SIZE}px ui-monospace, 'DejaVu Sans Mono', Menlo, Consolas, monospace; white-space: pre }}\n",
        ".title { font-size: 14px; fill: #98a2b3 }\n.b { font-weight: bold }\n",
    ]
    lines += [f".{name} {{ fill: {colour} }}\n" for name, colour in COLOURS.items()]
    for moment in sorted(set(clock.values())):
        share = round(100 * moment / length, 2)
        if share:
            name = _name(moment)
            hidden, there = f"0%, {share}% {{ opacity: 0 }}", f"{share + 0.01:.2f}%, 100% {{ opacity: 1 }}"
            lines.append(f"@keyframes {name} {{ {hidden} {there} }}\n")
            lines.append(f".{name} {{ animation: {name} {length}s infinite }}\n")
    lines.append("@media (prefers-reduced-motion: reduce) { g { animation: none !important } }\n")
    return "".join(lines)


def _name(moment: float) -> str:
    return f"t{round(moment * 10)}"


def _row(number: int, row: list[Cell], clock: dict[float, float]) -> str:
    placed = [(column, cell) for column, cell in enumerate(row) if cell.text.strip() or cell.background != "default"]
    groups = groupby(placed, key=lambda place: (clock.get(place[1].moment, 0.0), place[1][1:4]))
    return "".join(_run(number, list(group), moment) for (moment, _look), group in groups)


def _run(number: int, places: list[tuple[int, Cell]], moment: float) -> str:
    """Return characters that look the same and appear together; `x` keeps them in their columns."""
    first, last, look = places[0][0], places[-1][0], places[0][1]
    top = BAR + MARGIN + number * HEIGHT + 8
    text = [" "] * (last - first + 1)
    for column, cell in places:
        text[column - first] = cell.text
    box = (
        f'<rect class="{look.background}" x="{MARGIN + first * WIDTH:.1f}" y="{top - HEIGHT + 6}"'
        f' width="{len(text) * WIDTH:.1f}" height="{HEIGHT}"/>'
        if look.background != "default"
        else ""
    )
    return (
        f'<g class="{_name(moment)}">{box}<text class="{look.colour}{" b" if look.bold else ""}"'
        f' x="{MARGIN + first * WIDTH:.1f}" y="{top}" textLength="{len(text) * WIDTH:.1f}" xml:space="preserve">'
        f"{escape(''.join(text))}</text></g>\n"
    )
