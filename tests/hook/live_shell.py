"""Drives an interactive shell with the hook loaded: types lines and returns the output of each."""

from __future__ import annotations

import re
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from tests.commands.terminal import COLUMNS, PROMPT, open_shell

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.commands.terminal import Terminal
    from tests.sandbox import Sandbox

SHELLS = ("bash", "zsh", "fish")
HOOKS = Path(__file__).parents[2] / "shell"
SHORT = "short"
"""A profile whose sessions last `LIFETIME` seconds, the last quarter of them due for refresh."""
LIFETIME = 24
BASH_COLUMNS = 500
"""Wide enough for any line, because a bash before 5.0 scrolls a long one sideways, and shows parts of it again."""
_END = "printf 'END%s\\n' ."


class LiveShell:
    """An interactive shell in a pseudo-terminal."""

    def __init__(self, terminal: Terminal, name: str) -> None:
        self.terminal = terminal
        self.name = name
        self.session_expiry = 0
        """When the session last entered with `use` expires, in epoch seconds."""

    def run(self, line: str) -> str:
        """Type a line, wait for the next prompt, and return the output."""
        start = len(self.terminal.output)
        self.terminal.type(f"{line}; {_END}")
        self.terminal.expect(r"END\.\r?\n")
        self.terminal.expect(re.escape(PROMPT))
        return self.terminal.output[start:].rpartition(_END)[2].replace("\r", "").partition("END.")[0].strip()

    def get_variable(self, name: str) -> str:
        """Return the value of a variable."""
        return self.run(f'printf "=%s=" "${name}"').rpartition("=")[0].rpartition("=")[2]

    def use(self, profile: str) -> int:
        """Enter a profile's session, and return when it expires."""
        self.run(f"shellvault use '{profile}'")
        self.session_expiry = self.get_expiry()
        return self.session_expiry

    def get_expiry(self) -> int:
        """Return when the shell's session expires, or 0 if there is none."""
        return int(self.get_variable("SHELLVAULT_EXPIRES_AT") or 0)

    def prompt_until(self, name: str, wanted: str, seconds: float = 20) -> None:
        """Run commands until a variable has the expected value."""
        deadline = time.monotonic() + seconds
        while (found := self.get_variable(name)) != wanted:
            assert time.monotonic() < deadline, f"{name} is {found!r}, expected {wanted!r}"
            time.sleep(0.1)

    def wait_for_session_after(self, before: int, seconds: float = 30) -> int:
        """Run commands until the shell's session is not the one that expires at `before`; return when it expires."""
        deadline = time.monotonic() + seconds
        while (now := self.get_expiry()) == before:
            assert time.monotonic() < deadline, "the session was not refreshed"
            time.sleep(0.1)
        return now


@contextmanager
def start_shell(sandbox: Sandbox, name: str, before: str = ":", **extra: str) -> Iterator[LiveShell]:
    """Start a shell, run `before` in it, and load the hook."""
    with open_shell(sandbox, name, BASH_COLUMNS if name == "bash" else COLUMNS, **extra) as terminal:
        shell = LiveShell(terminal, name)
        shell.run(before)
        shell.run(f"source {HOOKS}/shellvault.{name}")
        yield shell


def add_short_profile(sandbox: Sandbox, life: int = LIFETIME) -> None:
    """Add a profile whose sessions last only seconds; one that lasts longer is already in the cache."""
    sandbox.aws.world.session_life = life
    sandbox.add("base", sandbox.aws.world.user("alice").access_key())
    sandbox.configure(f"[profile {SHORT}]\nsource_profile = base\n")
    if life > LIFETIME:
        sandbox.load_session(SHORT)


def sleep_past(moment: int) -> None:
    """Sleep until this epoch second has passed."""
    time.sleep(max(0.0, moment + 0.2 - time.time()))
