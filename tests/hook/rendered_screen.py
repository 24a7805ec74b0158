"""Renders terminal output with pyte, as a user would see it, including colours."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pyte

from shellvault.core.record import Record

if TYPE_CHECKING:
    from tests.hook.live_shell import LiveShell

COLUMNS, LINES = 80, 24
_TERMINAL_QUERIES = re.compile(r"\x1b\[[<=>][\d;]*[a-z]|\x1b\].*?(\x07|\x1b\\)")
"""Queries and settings that fish 4 sends to the terminal, which pyte would display."""


class Segment(Record):
    """The prompt segment on the screen: its text, and the style of its first character."""

    text: str
    colour: str
    background: str
    bold: bool

    @property
    def look(self) -> tuple[str, str, bool]:
        """The style; some terminals show a bold colour as a bright one."""
        return self.colour.removeprefix("bright"), self.background, self.bold


def render_screen(seen: str) -> tuple[str, ...]:
    """Return the non-empty lines on the screen."""
    screen = pyte.Screen(COLUMNS, LINES)
    pyte.Stream(screen).feed(_TERMINAL_QUERIES.sub("", seen))
    return tuple(line.rstrip() for line in screen.display if line.strip())


def read_segment(shell: LiveShell) -> Segment | None:
    """Return the segment of the current prompt without its brackets, or None if there is none."""
    screen = pyte.Screen(COLUMNS, LINES)
    pyte.Stream(screen).feed(shell.terminal.output)
    line = screen.display[screen.cursor.y]
    if not line.startswith("["):
        return None
    first = screen.buffer[screen.cursor.y][1]
    return Segment(text=line[1 : line.index("]")], colour=first.fg, background=first.bg, bold=first.bold)
