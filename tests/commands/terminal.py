"""A person at a terminal: a real shell, or one program, in a pseudo-terminal of its own."""

from __future__ import annotations

import io
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pexpect

from tests.shells.run import SHELLS, program

if TYPE_CHECKING:
    import re
    from collections.abc import Iterator, Sequence
    from typing import Any

    from tests.sandbox import Sandbox

PROMPT = "READY> "
PATIENCE = 30  # seconds; only keeps a test that fails from hanging the run
_OPTIONS = {
    "fish": ("-C", f"function fish_prompt; echo -n '{PROMPT}'; end", "-i"),
    "zsh": ("+Z", "-i"),  # without its line editor, which redraws what is typed
}


class Terminal:
    """What is typed into a terminal, and what is seen on it."""

    def __init__(self, child: Any) -> None:
        self._child = child

    @property
    def seen(self) -> str:
        """Everything that the terminal has shown so far."""
        return str(self._child.logfile_read.getvalue())

    def sees(self, pattern: str) -> re.Match[str]:
        """Wait until the terminal shows something new that matches, and return the match."""
        self._child.expect(pattern)
        match: re.Match[str] = self._child.match
        return match

    def look(self, seconds: float = 0.1) -> str:
        """Take in for a while whatever the terminal shows, and return everything that it has shown so far."""
        self._child.expect([pexpect.TIMEOUT, r"\Z.\A"], timeout=seconds)
        return self.seen

    def type(self, line: str) -> None:
        """Type a line."""
        self._child.sendline(line)

    def press(self, keys: str) -> None:
        """Press some keys, and not Enter."""
        self._child.send(keys)

    def interrupt(self) -> None:
        """Press Ctrl-C."""
        self._child.sendintr()

    def end_input(self) -> None:
        """Press Ctrl-D."""
        self._child.sendeof()

    def echoes(self) -> bool:
        """Say whether the terminal shows what is typed."""
        return bool(self._child.getecho())

    def ends(self) -> int:
        """Wait for the program's end and return its status: an exit status, or minus the signal that killed it."""
        self._child.expect(pexpect.EOF)
        self._child.close()
        signal = self._child.signalstatus
        return int(self._child.exitstatus) if signal is None else -int(signal)


@contextmanager
def at_terminal(sandbox: Sandbox, command: Sequence[str], **extra: str) -> Iterator[Terminal]:
    """Run a command in a pseudo-terminal of its own, with `extra` in its environment, until the block ends."""
    child = pexpect.spawn(
        program(command[0]),
        list(command[1:]),
        env={**sandbox.env, "TERM": "dumb", **extra},
        cwd=str(sandbox.home),
        timeout=PATIENCE,
        encoding="utf-8",
        codec_errors="surrogateescape",
    )
    child.delaybeforesend = None  # an echo is turned off before a question is seen, not after
    child.logfile_read = io.StringIO()
    try:
        yield Terminal(child)
    finally:
        child.close(force=True)


@contextmanager
def in_shell(sandbox: Sandbox, shell: str = "bash", **extra: str) -> Iterator[Terminal]:
    """Run an interactive shell, which has shown its first prompt when the block begins."""
    command = [*SHELLS[shell], *_OPTIONS.get(shell, ("-i",))]
    with at_terminal(sandbox, command, PS1=PROMPT, **extra) as terminal:
        terminal.sees(PROMPT)
        yield terminal
