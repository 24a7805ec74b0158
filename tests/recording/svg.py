"""Draws a recorded screen as an SVG that is whole in itself: without animation it shows the end."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tests.recording.play import Cell

WIDTH, HEIGHT = 8.4, 19  # of a character at 14 px
MARGIN = 16
BAR = 30
LONGEST_PAUSE = 1.6  # seconds; nobody wants to watch a prompt for longer
REST = 8.0  # seconds in which the end is shown
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
}
"""pyte's names; its brown is what others call yellow."""


def drawing(rows: list[list[Cell]], title: str) -> str:
    """Return the SVG of a screen, whose characters come up in the order of their moments."""
    clock = shortened({cell.moment for row in rows for cell in row if cell.text.strip()})
    length = max(clock.values()) + REST
    width = round(len(rows[0]) * WIDTH + 2 * MARGIN)
    height = round(BAR + len(rows) * HEIGHT + 2 * MARGIN)
    body = "".join(_row(number, row, clock) for number, row in enumerate(rows))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}"'
        f' role="img" aria-labelledby="title">\n<title id="title">{escape(title)}</title>\n'
        f"<style>\n{_style(clock, length)}</style>\n"
        f'<rect width="{width}" height="{height}" rx="8" fill="#1b1f26" stroke="#444b57"/>\n'
        f'<text class="title" x="{width / 2}" y="{BAR - 9}" text-anchor="middle">{escape(title)}</text>\n'
        f"{body}</svg>\n"
    )


def shortened(moments: Iterable[float]) -> dict[float, float]:
    """Return when each moment is shown: the same order, with long pauses cut short."""
    shown, before, now = {}, 0.0, 0.0
    for moment in sorted(moments):
        now += min(moment - before, LONGEST_PAUSE)
        before = moment
        shown[moment] = round(now, 1)
    return shown


def _style(clock: dict[float, float], length: float) -> str:
    """Return the style sheet; every moment has a class that keeps its characters hidden until then."""
    lines = [
        "text { font: 14px ui-monospace, 'DejaVu Sans Mono', Menlo, Consolas, monospace; white-space: pre }\n",
        ".title { font-size: 12px; fill: #8b94a3 }\n.b { font-weight: bold }\n",
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
    """Return characters that look the same and come up together; words keep their places by their x."""
    first, last, look = places[0][0], places[-1][0], places[0][1]
    top = BAR + MARGIN + number * HEIGHT
    text = [" "] * (last - first + 1)
    for column, cell in places:
        text[column - first] = cell.text
    box = (
        f'<rect class="{look.background}" x="{MARGIN + first * WIDTH:.1f}" y="{top - 14}"'
        f' width="{len(text) * WIDTH:.1f}" height="{HEIGHT}"/>'
        if look.background != "default"
        else ""
    )
    return (
        f'<g class="{_name(moment)}">{box}<text class="{look.colour}{" b" if look.bold else ""}"'
        f' x="{MARGIN + first * WIDTH:.1f}" y="{top}" textLength="{len(text) * WIDTH:.1f}" xml:space="preserve">'
        f"{escape(''.join(text))}</text></g>\n"
    )
