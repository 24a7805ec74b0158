"""A shell with its own line editor, which draws its line anew; what a person sees of it is read off the screen."""

from __future__ import annotations

import re
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from tests.commands.terminal import PROMPT, open_terminal
from tests.hook.living import HOOKS
from tests.hook.screen import display

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.commands.terminal import Terminal
    from tests.sandbox import Sandbox
    from tests.shells.versions import Version

READY = PROMPT.rstrip()
_START = {"bash": ("-i",), "zsh": ("-i",), "fish": ("-C", f"function fish_prompt; echo -n '{PROMPT}'; end", "-i")}


@contextmanager
def editing(sandbox: Sandbox, version: Version, **extra: str) -> Iterator[Terminal]:
    """Start a shell with its line editor and the hook in it, and with a session that nothing renews, for 58 seconds."""
    now = int(time.time())
    session = {"PROFILE": "dev", "REFRESH_AT": str(now + 55), "EXPIRES_AT": str(now + 58), "STAMP": "/nowhere"}
    env = {f"SHELLVAULT_{name}": value for name, value in session.items()} | {"NO_COLOR": "1", **extra}
    command = [*version.command, *_START[version.name]]
    with open_terminal(
        sandbox, command, PS1=PROMPT, fish_features="no-query-term", **{**env, "TERM": "xterm"}
    ) as terminal:
        until(terminal, READY)
        enter(terminal, f"source {HOOKS}/shellvault.{version.name}; clear")
        yield terminal


def enter(terminal: Terminal, line: str) -> None:
    """Type a line, and wait for the prompt after what it printed."""
    terminal.press(f"{line}\r")
    until(terminal, rf"{READY}$", since=terminal.output)


def until(terminal: Terminal, pattern: str, since: str = "") -> None:
    """Wait until the last line on the screen, or the one before, matches a pattern."""
    give_up = time.monotonic() + 15
    while True:
        lines = display(terminal.collect_output())[-2:]
        if terminal.output != since and any(re.search(pattern, line) for line in lines):
            return
        assert time.monotonic() < give_up, (pattern, lines)
