"""Runs bash in a pane of a real tmux."""

from __future__ import annotations

import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from tests.commands.terminal import PROMPT, TERMINAL_TIMEOUT

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.sandbox import Sandbox

_SOCKET = "tmux.socket"


class TmuxPane:
    """A tmux pane: types into it and reads its last line."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox

    def run(self, line: str) -> None:
        """Type a line, and wait until it has run."""
        self.type(f"{line}; tmux wait-for -S ran")
        self.run_tmux("wait-for", "ran")

    def type(self, line: str) -> None:
        """Type a line."""
        self.run_tmux("send-keys", "-l", line)
        self.run_tmux("send-keys", "Enter")

    def read_prompt(self) -> str:
        """Press Enter, and return the prompt shown next."""
        self.run("clear")
        deadline = time.monotonic() + TERMINAL_TIMEOUT
        while not (shown := self.run_tmux("capture-pane", "-p").strip()).endswith(PROMPT.strip()):
            assert time.monotonic() < deadline, shown
            time.sleep(0.02)
        return shown

    def run_tmux(self, *words: str) -> str:
        """Run a tmux command."""
        done = self._sandbox.command(["tmux", "-S", _SOCKET, "-f", "/dev/null", *words])
        assert done.returncode == 0, done.stderr
        return done.stdout


@contextmanager
def start_pane(sandbox: Sandbox) -> Iterator[TmuxPane]:
    """Start a tmux server, and stop it after the block."""
    new = TmuxPane(sandbox)
    new.run_tmux("new-session", "-d", "-x", "100", "-y", "20", f"env PS1='{PROMPT}' bash --norc --noprofile -i")
    try:
        yield new
    finally:
        new.run_tmux("kill-server")
