"""What a person sees: the terminal's screen, with its colours, as pyte draws it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pyte

from shellvault.core.record import Record

if TYPE_CHECKING:
    from tests.hook.living import Living

COLUMNS, LINES = 80, 24
_NOT_FOR_PEOPLE = re.compile(r"\x1b\[[<=>][\d;]*[a-z]|\x1b\].*?(\x07|\x1b\\)")
"""What fish 4 asks and tells a terminal, and pyte would show."""


class Shown(Record):
    """A piece of the screen: its text, and the look of its first character."""

    text: str
    colour: str
    background: str
    bold: bool


def display(seen: str) -> tuple[str, ...]:
    """Return the lines that stand on the screen, without the empty ones."""
    screen = pyte.Screen(COLUMNS, LINES)
    pyte.Stream(screen).feed(_NOT_FOR_PEOPLE.sub("", seen))
    return tuple(line.rstrip() for line in screen.display if line.strip())


def segment(shell: Living) -> Shown | None:
    """Return the segment in the prompt that is on the screen, without its brackets; None where there is none."""
    screen = pyte.Screen(COLUMNS, LINES)
    pyte.Stream(screen).feed(shell.terminal.output)
    line = screen.display[screen.cursor.y]
    if not line.startswith("["):
        return None
    first = screen.buffer[screen.cursor.y][1]
    return Shown(text=line[1 : line.index("]")], colour=first.fg, background=first.bg, bold=first.bold)
