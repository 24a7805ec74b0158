"""Drives elvish, nushell and xonsh, whose line editors redraw what is typed: their output is read off a screen."""

from __future__ import annotations

import os
import re
import signal
import time
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

import pexpect
import pyte

from tests.commands.terminal import PROMPT, TERMINAL_TIMEOUT
from tests.hook.rendered_screen import Segment
from tests.lend.far_side import find_children
from tests.shells.real_shells import find_program

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import Any

    from tests.sandbox import Sandbox

COLUMNS, LINES = 400, 500
_TERMINAL_SETTINGS = re.compile(r"\x1b\[[<=>?][\d;]*[a-z]|\x1b\].*?(?:\x07|\x1b\\)")
"""What pyte would display or misread."""


class _AnsweringScreen(pyte.Screen):
    """A screen that tells the shell where the cursor is."""

    def __init__(self, child: Any) -> None:
        super().__init__(COLUMNS, LINES)
        self._child = child

    def write_process_input(self, data: str) -> None:
        self._child.send(data)


class OtherShell:
    """A shell with a line editor in a pseudo-terminal, on a screen so large that nothing scrolls away."""

    def __init__(self, child: Any, name: str) -> None:
        self.name = name
        self.raw = ""
        """Everything that the shell has sent to the terminal."""
        self.session_expiry = 0
        """When the session last entered with `use` expires, in epoch seconds."""
        self._child = child
        self._screen = _AnsweringScreen(child)
        self._stream = pyte.Stream(self._screen)
        self._row = -1

    @property
    def process(self) -> int:
        """The id of the process in the terminal."""
        return int(self._child.pid)

    def type(self, line: str) -> None:
        """Type a line."""
        self._row = self._screen.cursor.y
        self._child.send(f"{line}\r")

    def wait_for_prompt(self) -> None:
        """Wait for a prompt below the line that was typed, and until the editor has nothing to redraw."""
        deadline = time.monotonic() + TERMINAL_TIMEOUT
        while self._read(0.05) or not (self._screen.cursor.y > self._row and self.prompt.endswith(PROMPT.rstrip())):
            assert time.monotonic() < deadline, self._read_lines(0)

    def run(self, line: str) -> str:
        """Type a line, wait for the next prompt, and return the output."""
        self.type(line)
        start = self._row
        self.wait_for_prompt()
        return "\n".join(self._read_lines(start + 1)[:-1]).strip()

    def interrupt_after(self, text: str) -> str:
        """Press Ctrl-C once the command that was typed has printed this, and return all of its output."""
        start = self._row
        deadline = time.monotonic() + TERMINAL_TIMEOUT
        while text not in "\n".join(self._read_lines(start)):
            assert time.monotonic() < deadline, self._read_lines(start)
            self._read(0.05)
        self._child.send("\x03")
        self.wait_for_prompt()
        return "\n".join(self._read_lines(start + 1)[:-1])

    @property
    def prompt(self) -> str:
        """The line that the cursor is in."""
        return self._read_lines(self._screen.cursor.y)[-1]

    @property
    def segment(self) -> Segment | None:
        """The segment of the current prompt without its brackets, or None if there is none."""
        while self._read(0.3):  # elvish shows the prompt before at first, if the new one takes longer than it likes
            pass
        if not self.prompt.startswith("["):
            return None
        first = self._screen.buffer[self._screen.cursor.y][1]
        return Segment(self.prompt[1:].partition("]")[0], first.fg, first.bg, bold=first.bold)

    def _read(self, seconds: float) -> bool:
        """Show what the shell sends within this time, and return whether there was anything."""
        try:
            text = self._child.read_nonblocking(65536, timeout=seconds)
        except pexpect.TIMEOUT:
            return False
        self.raw += text
        self._stream.feed(_TERMINAL_SETTINGS.sub("", text))
        return True

    def _read_lines(self, start: int) -> list[str]:
        """Return the lines from this one to the one that the cursor is in."""
        rows = (self._screen.buffer[row] for row in range(start, self._screen.cursor.y + 1))
        return ["".join(row[column].data for column in range(COLUMNS)).rstrip() for row in rows]


@contextmanager
def open_other_shell(sandbox: Sandbox, name: str, command: Sequence[str], **extra: str) -> Iterator[OtherShell]:
    """Start a shell, already at its first prompt when the block starts."""
    child = pexpect.spawn(
        find_program(command[0]),
        list(command[1:]),
        env={**sandbox.env, "TERM": "xterm", **extra},
        cwd=str(sandbox.home),
        dimensions=(LINES, COLUMNS),
        encoding="utf-8",
        codec_errors="surrogateescape",
    )
    child.delaybeforesend = None
    try:
        shell = OtherShell(child, name)
        shell.wait_for_prompt()
        shell.run("")
        yield shell
    finally:
        below = find_children(child.pid)  # a shell below strace outlives it, and its terminal
        child.close(force=True)
        for pid in below:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
