"""A pane of a real tmux with a bash in it."""

from __future__ import annotations

import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from tests.commands.terminal import PROMPT, TERMINAL_TIMEOUT

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.sandbox import Sandbox

_SOCKET = "tmux.socket"


class Pane:
    """What is typed into a pane, and what its last line shows."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._house = sandbox

    def do(self, line: str) -> None:
        """Type a line, and wait until it has run."""
        self.types(f"{line}; tmux wait-for -S ran")
        self.tmux("wait-for", "ran")

    def types(self, line: str) -> None:
        """Type a line."""
        self.tmux("send-keys", "-l", line)
        self.tmux("send-keys", "Enter")

    def prompt(self) -> str:
        """Press Enter, and return the prompt that the pane shows then."""
        self.do("clear")
        give_up = time.monotonic() + TERMINAL_TIMEOUT
        while not (shown := self.tmux("capture-pane", "-p").strip()).endswith(PROMPT.strip()):
            assert time.monotonic() < give_up, shown
            time.sleep(0.02)
        return shown

    def tmux(self, *words: str) -> str:
        """Run a command of tmux."""
        done = self._house.command(["tmux", "-S", _SOCKET, "-f", "/dev/null", *words])
        assert done.returncode == 0, done.stderr
        return done.stdout


@contextmanager
def pane(sandbox: Sandbox) -> Iterator[Pane]:
    """Start tmux with a server of its own, and end it after the block."""
    new = Pane(sandbox)
    new.tmux("new-session", "-d", "-x", "100", "-y", "20", f"env PS1='{PROMPT}' bash --norc --noprofile -i")
    try:
        yield new
    finally:
        new.tmux("kill-server")
