"""Drives a shell with its line editor active, and reads its output from a rendered screen."""

from __future__ import annotations

import re
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from tests.commands.terminal import PROMPT, open_terminal
from tests.hook.live_shell import HOOKS
from tests.hook.rendered_screen import render_screen
from tests.hook.session_states import KEYS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.commands.terminal import Terminal
    from tests.sandbox import Sandbox
    from tests.shells.shell_versions import Version

READY = PROMPT.rstrip()
_START = {"bash": ("-i",), "zsh": ("-i",), "fish": ("-C", f"function fish_prompt; echo -n '{PROMPT}'; end", "-i")}


@contextmanager
def start_line_editor(sandbox: Sandbox, version: Version, **extra: str) -> Iterator[Terminal]:
    """Start a shell with line editor and hook, holding a session that expires in 58 seconds and is never refreshed."""
    now = int(time.time())
    session = {"PROFILE": "dev", "REFRESH_AT": str(now + 55), "EXPIRES_AT": str(now + 58), "STAMP": "/nowhere"}
    env = {f"SHELLVAULT_{name}": value for name, value in session.items()} | {**KEYS, "NO_COLOR": "1", **extra}
    command = [*version.command, *_START[version.name]]
    with open_terminal(
        sandbox, command, PS1=PROMPT, fish_features="no-query-term", **{**env, "TERM": "xterm"}
    ) as terminal:
        wait_for_line(terminal, READY)
        enter_line(terminal, f"source {HOOKS}/shellvault.{version.name}; clear")
        yield terminal


def enter_line(terminal: Terminal, line: str) -> None:
    """Type a line and wait for the prompt after its output."""
    terminal.press(f"{line}\r")
    wait_for_line(terminal, rf"{READY}$", since=terminal.output)


def wait_for_line(terminal: Terminal, pattern: str, since: str = "") -> None:
    """Wait until the last or second to last line on the screen matches a pattern."""
    deadline = time.monotonic() + 15
    while True:
        lines = render_screen(terminal.collect_output())[-2:]
        if terminal.output != since and any(re.search(pattern, line) for line in lines):
            return
        assert time.monotonic() < deadline, (pattern, lines)
