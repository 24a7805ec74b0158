"""Plays a scene in a real terminal, and records when each character of the final screen appeared."""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING, NamedTuple

import pexpect
import pyte

from tests.hook.live_shell import HOOKS
from tests.shells.real_shells import find_program

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.recording.scenes import Scene
    from tests.sandbox import Sandbox

ROWS = 24
PROMPT = r"\[\e[34m\]~/app\[\e[0m\] $ "
READY = r"\x1b\[34m~/app\x1b\[0m \$ $"
COMMENT = re.compile(r"(?<=\$ )# .*$")
NOTICE = re.compile(r"shellvault: (the credentials come from|signing in at) http://[^\n]*\n")
LOOPBACK = re.compile(r"http://127\.0\.0\.1:\d+/[\w-]+")
"""The page that leads a browser to the console; it works once, and its address is long."""


class Cell(NamedTuple):
    """A character, its colours as pyte names them, and the second at which it appeared."""

    text: str
    colour: str
    background: str
    bold: bool
    moment: float


def play(scene: Scene, sandbox: Sandbox) -> list[list[Cell]]:
    """Return the final screen of a bash session, rows of cells."""
    (sandbox.home / "app").mkdir()
    scene.prepare(sandbox)
    tape = Tape(str(sandbox.home), scene.columns)
    child = pexpect.spawn(
        find_program("bash"),
        ["--norc", "--noprofile", "-i"],
        env={**sandbox.env, "TERM": "xterm-256color", "PS1": "first "},
        dimensions=(ROWS, scene.columns),
        encoding="utf-8",
    )
    try:
        child.expect("first ")
        child.sendline(f"cd ~/app; PS1='{PROMPT}'; source '{HOOKS}/shellvault.bash'; clear")
        child.expect(READY)
        child.logfile_read = tape
        tape.write(child.after)
        for step in scene.steps:
            time.sleep(step.pause)
            child.send(step.line + ("" if step.until else "\n"))
            child.expect(step.until or READY)
        time.sleep(scene.steps[-1].pause)
        child.expect([pexpect.TIMEOUT, pexpect.EOF], timeout=0.2)  # what is still being drawn
    finally:
        child.close(force=True)
    return [_gray_comment(row) for row in tape.cells()]


def _gray_comment(row: list[Cell]) -> list[Cell]:
    found = COMMENT.search("".join(cell.text for cell in row))
    start = found.start() if found else len(row)
    return [cell._replace(colour="comment") if column >= start else cell for column, cell in enumerate(row)]


class Tape:
    """A terminal screen that records what it shows, and when.

    It shows the person's home as `~`, and leaves out the notice that the credentials come from a test server.
    """

    def __init__(self, home: str, columns: int) -> None:
        self._home = home
        self._columns = columns
        self._screen = pyte.Screen(columns, ROWS)
        self._stream = pyte.Stream(self._screen)
        self._began = time.monotonic()
        self._seen: dict[tuple[int, int], Cell] = {}

    def write(self, text: str) -> None:
        """Show more."""
        self._stream.feed(LOOPBACK.sub("http://localhost/…", NOTICE.sub("", text.replace(self._home, "~"))))
        now = time.monotonic() - self._began
        for place, cell in self._cells(now):
            if place not in self._seen or self._seen[place][:4] != cell[:4]:
                self._seen[place] = cell

    def flush(self) -> None:
        """Do nothing; pexpect requires it of a log file."""

    def cells(self) -> list[list[Cell]]:
        """Return the screen, without the empty rows at its end."""
        rows = [[self._seen[row, column] for column in range(self._columns)] for row in range(ROWS)]
        while rows and not "".join(cell.text for cell in rows[-1]).strip():
            rows.pop()
        return rows

    def _cells(self, now: float) -> Iterator[tuple[tuple[int, int], Cell]]:
        for row in range(ROWS):
            for column in range(self._columns):
                shown = self._screen.buffer[row][column]
                yield (row, column), Cell(shown.data, shown.fg, shown.bg, shown.bold, now)
