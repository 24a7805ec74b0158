"""Plays the session in the picture in a real terminal, and records when each character of the final screen appeared."""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING, NamedTuple

import pexpect
import pyte

from shellvault.core.record import Secret
from tests.aws.identities import Credential
from tests.hook.live_shell import HOOKS
from tests.shells.real_shells import find_program

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.sandbox import Sandbox

COLUMNS, ROWS = 80, 24
LIFE = 24  # seconds; a session is due for renewal in its last quarter
SAMPLE_ID, SAMPLE_SECRET = "AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
"""The key pair of AWS's own documentation."""
WHO = "aws sts get-caller-identity --query Arn --output text"
PROMPT = r"\[\e[34m\]~/app\[\e[0m\] $ "
READY = r"\x1b\[34m~/app\x1b\[0m \$ $"
COMMENT = re.compile(r"(?<=\$ )# .*$")
NOTICE = re.compile(r"shellvault: the credentials come from http://[^\n]*\n")


class Step(NamedTuple):
    """A line to type, and how many seconds to wait before typing it."""

    line: str
    pause: float = 1.0


STEPS = (
    Step("cat ~/.aws/credentials"),
    Step("# Anything you run can read that key. Move it into the vault:", 2.0),
    Step("shellvault import --scrub --force"),
    Step("shellvault use dev", 2.0),
    Step(WHO),
    Step("# Some work later, the session is about to expire:", LIFE * 0.75 + 0.5),
    Step("# It is being renewed in the background ...", 2.0),
    Step("# ... and here is the new one. Now the laptop sleeps a while:", LIFE + 2.0),
    Step(WHO),
    Step("shellvault use prod"),
    Step("shellvault off", 2.0),
)


class Cell(NamedTuple):
    """A character, its colours as pyte names them, and the second at which it appeared."""

    text: str
    colour: str
    background: str
    bold: bool
    moment: float


def play(sandbox: Sandbox) -> list[list[Cell]]:
    """Return the final screen of the bash session, rows of cells."""
    _prepare(sandbox)
    tape = Tape(str(sandbox.home))
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
    return [_gray_comment(row) for row in tape.cells()]


def _prepare(sandbox: Sandbox) -> None:
    """Give the person a key in plaintext, and two profiles with short sessions."""
    world = sandbox.aws.world
    world.session_life = LIFE
    world.keys.add(Credential(SAMPLE_ID, Secret(SAMPLE_SECRET), world.user("alice").principal))
    (sandbox.home / "app").mkdir()
    sandbox.configure("[profile dev]\nregion = eu-west-1\n\n")
    sandbox.configure(f"[profile prod]\nrole_arn = {world.role('prod').arn}\nsource_profile = dev\n")
    sandbox.configure("region = eu-west-1\n")
    plaintext = f"[dev]\naws_access_key_id = {SAMPLE_ID}\naws_secret_access_key = {SAMPLE_SECRET}\n"
    sandbox.config.with_name("credentials").write_text(plaintext)


def _gray_comment(row: list[Cell]) -> list[Cell]:
    found = COMMENT.search("".join(cell.text for cell in row))
    start = found.start() if found else len(row)
    return [cell._replace(colour="comment") if column >= start else cell for column, cell in enumerate(row)]


class Tape:
    """A terminal screen that records what it shows, and when.

    It shows the person's home as `~`, and leaves out the notice that the credentials come from a test server.
    """

    def __init__(self, home: str) -> None:
        self._home = home
        self._screen = pyte.Screen(COLUMNS, ROWS)
        self._stream = pyte.Stream(self._screen)
        self._began = time.monotonic()
        self._seen: dict[tuple[int, int], Cell] = {}

    def write(self, text: str) -> None:
        """Show more."""
        self._stream.feed(NOTICE.sub("", text.replace(self._home, "~")))
        now = time.monotonic() - self._began
        for place, cell in self._cells(now):
            if place not in self._seen or self._seen[place][:4] != cell[:4]:
                self._seen[place] = cell

    def flush(self) -> None:
        """Do nothing; pexpect requires it of a log file."""

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
