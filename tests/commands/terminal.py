"""Drives a real shell or program in a pseudo-terminal, as a user at a terminal would."""

from __future__ import annotations

import io
import os
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pexpect

from tests.shells.real_shells import SHELLS, find_program

if TYPE_CHECKING:
    import re
    from collections.abc import Iterator, Sequence
    from typing import Any

    from tests.sandbox import Sandbox

PROMPT = "READY> "
COLUMNS = 80
TERMINAL_TIMEOUT = 30  # seconds; only keeps a failing test from hanging the run
_OPTIONS = {
    "fish": ("-C", f"function fish_prompt; echo -n '{PROMPT}'; end", "-i"),
    "zsh": ("+Z", "-i"),  # without the line editor, which redraws typed text
}


class Terminal:
    """A pseudo-terminal: types into it and reads what it shows."""

    def __init__(self, child: Any) -> None:
        self._child = child

    @property
    def output(self) -> str:
        """Everything the terminal has shown so far."""
        return str(self._child.logfile_read.getvalue())

    @property
    def process(self) -> int:
        """The id of the process that runs in the terminal."""
        return int(self._child.pid)

    def expect(self, pattern: str) -> re.Match[str]:
        """Wait for new output that matches, and return the match."""
        self._child.expect(pattern)
        match: re.Match[str] = self._child.match
        return match

    def collect_output(self, seconds: float = 0.1) -> str:
        """Collect output for some seconds, and return everything the terminal has shown so far."""
        self._child.expect([pexpect.TIMEOUT, r"\Z.\A"], timeout=seconds)
        return self.output

    def type(self, line: str) -> None:
        """Type a line."""
        self._child.sendline(line)

    def press(self, keys: str) -> None:
        """Press keys, without Enter."""
        self._child.send(keys)

    def interrupt(self) -> None:
        """Press Ctrl-C."""
        self._child.sendintr()

    def end_input(self) -> None:
        """Press Ctrl-D."""
        self._child.sendeof()

    def is_echoing(self) -> bool:
        """Return whether the terminal echoes input."""
        return bool(self._child.getecho())

    def wait_for_exit(self) -> int:
        """Wait for the program to exit and return its status, or minus the number of the signal that killed it."""
        self._child.expect(pexpect.EOF)
        self._child.close()
        signal = self._child.signalstatus
        return int(self._child.exitstatus) if signal is None else -int(signal)

    def has_dumped_core(self) -> bool:
        """Return whether the program, which has ended, dumped core."""
        return os.WCOREDUMP(self._child.status)


@contextmanager
def open_terminal(
    sandbox: Sandbox, command: Sequence[str], columns: int = COLUMNS, /, **extra: str
) -> Iterator[Terminal]:
    """Run a command in a pseudo-terminal, with `extra` in its environment, until the block ends."""
    child = pexpect.spawn(
        find_program(command[0]),
        list(command[1:]),
        env={**sandbox.env, "TERM": "dumb", **extra},
        cwd=str(sandbox.home),
        timeout=TERMINAL_TIMEOUT,
        dimensions=(24, columns),
        encoding="utf-8",
        codec_errors="surrogateescape",
    )
    child.delaybeforesend = None  # the echo is turned off before a prompt appears, not after
    child.logfile_read = io.StringIO()
    try:
        yield Terminal(child)
    finally:
        child.close(force=True)


@contextmanager
def open_shell(sandbox: Sandbox, shell: str = "bash", columns: int = COLUMNS, /, **extra: str) -> Iterator[Terminal]:
    """Run an interactive shell, already at its first prompt when the block starts."""
    command = [*SHELLS[shell], *_OPTIONS.get(shell, ("-i",))]
    with open_terminal(sandbox, command, columns, PS1=PROMPT, **extra) as terminal:
        terminal.expect(PROMPT)
        yield terminal
