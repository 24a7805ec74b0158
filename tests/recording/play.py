"""Plays the session that is recorded, and remembers when each character of the final screen came up."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, NamedTuple

import pexpect
import pyte

from tests.hook.live_shell import HOOKS
from tests.shells.real_shells import find_program

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.sandbox import Sandbox

COLUMNS, ROWS = 92, 20
LIFE = 24  # seconds; the last quarter is the margin
WHO = "aws sts get-caller-identity --query Arn --output text"
PROMPT = r"\t \w $ "
READY = r"\d\d:\d\d:\d\d ~/app \$ $"


class Step(NamedTuple):
    """A line that is typed, and how many seconds the person waits before."""

    line: str
    pause: float = 1.0


STEPS = (
    Step("shellvault use dev"),
    Step(WHO),
    Step("# some work later", LIFE * 0.75 + 0.5),
    Step("# the session is due, so it is being renewed in the background"),
    Step("# it is renewed; now the laptop sleeps until it has expired", 2.0),
    Step("# awake again: the next command has a new session", LIFE + 2.0),
    Step(WHO),
    Step("shellvault use prod"),
    Step("shellvault off", 2.0),
)


class Cell(NamedTuple):
    """A character, its colours as pyte names them, and the second at which it came up."""

    text: str
    colour: str
    background: str
    bold: bool
    moment: float


def play(sandbox: Sandbox) -> list[list[Cell]]:
    """Return the final screen of a bash that somebody worked in, rows of cells."""
    _furnish(sandbox)
    tape = Tape()
    with_hook = f"cd ~/app; PS1='{PROMPT}'; source '{HOOKS}/shellvault.bash'; clear"
    child = pexpect.spawn(
        find_program("bash"),
        ["--norc", "--noprofile", "-i"],
        env={**sandbox.env, "TERM": "xterm-256color", "PS1": "first "},
        dimensions=(ROWS, COLUMNS),
        encoding="utf-8",
    )
    try:
        child.expect("first ")
        child.sendline(with_hook)
        child.expect(READY)
        child.logfile_read = tape
        tape.write(child.after)
        for step in STEPS:
            time.sleep(step.pause)
            child.sendline(step.line)
            child.expect(READY)
    finally:
        child.close(force=True)
    return tape.cells()


def _furnish(sandbox: Sandbox) -> None:
    sandbox.aws.world.min_duration = 1
    sandbox.add("base", sandbox.aws.world.user("alice").access_key())
    (sandbox.home / "app").mkdir()
    for name in ("dev", "prod"):
        arn = sandbox.aws.world.role(name).arn
        sandbox.configure(f"[profile {name}]\nrole_arn = {arn}\nsource_profile = base\n")
        sandbox.configure(f"duration_seconds = {LIFE}\nregion = eu-west-1\n\n")


class Tape:
    """A terminal's screen that takes down what it shows, and when."""

    def __init__(self) -> None:
        self._screen = pyte.Screen(COLUMNS, ROWS)
        self._stream = pyte.Stream(self._screen)
        self._began = time.monotonic()
        self._seen: dict[tuple[int, int], Cell] = {}

    def write(self, text: str) -> None:
        """Show more."""
        self._stream.feed(text)
        now = time.monotonic() - self._began
        for place, cell in self._cells(now):
            if place not in self._seen or self._seen[place][:4] != cell[:4]:
                self._seen[place] = cell

    def flush(self) -> None:
        """Do nothing: a log file has to have it."""

    def cells(self) -> list[list[Cell]]:
        """Return the screen, without the empty rows at its end."""
        rows = [[self._seen[row, column] for column in range(COLUMNS)] for row in range(ROWS)]
        while rows and not "".join(cell.text for cell in rows[-1]).strip():
            rows.pop()
        return rows

    def _cells(self, now: float) -> Iterator[tuple[tuple[int, int], Cell]]:
        for row in range(ROWS):
            for column in range(COLUMNS):
                shown = self._screen.buffer[row][column]
                yield (row, column), Cell(shown.data, shown.fg, shown.bg, shown.bold, now)
