"""A living shell with the hook in it: lines are typed, and what each one printed comes back."""

from __future__ import annotations

import re
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from tests.commands.terminal import PROMPT, open_shell

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.commands.terminal import Terminal
    from tests.sandbox import Sandbox

SHELLS = ("bash", "zsh", "fish")
HOOKS = Path(__file__).parents[2] / "shell"
SHORT = "short"
"""A profile whose sessions last `LIFE` seconds; they are due for the last quarter of it."""
LIFE = 24
_END = "printf 'END%s\\n' ."


class Living:
    """A shell that somebody types into."""

    def __init__(self, terminal: Terminal, name: str) -> None:
        self.terminal = terminal
        self.name = name
        self.until = 0
        """When the session that was last put in expires, in epoch seconds."""

    def do(self, line: str) -> str:
        """Type a line, wait for the prompt after it, and return what it printed."""
        start = len(self.terminal.output)
        self.terminal.type(f"{line}; {_END}")
        self.terminal.expect(r"END\.\r?\n")
        self.terminal.expect(re.escape(PROMPT))
        return self.terminal.output[start:].rpartition(_END)[2].replace("\r", "").partition("END.")[0].strip()

    def value(self, name: str) -> str:
        """Return a variable's value."""
        return self.do(f'printf "=%s=" "${name}"').rpartition("=")[0].rpartition("=")[2]

    def use(self, profile: str) -> int:
        """Put a profile's session in, and return when it expires."""
        self.do(f"shellvault use '{profile}'")
        self.until = self.expires_at()
        return self.until

    def expires_at(self) -> int:
        """Return when the shell's session expires, 0 without one."""
        return int(self.value("SHELLVAULT_EXPIRES_AT") or 0)

    def prompts_until(self, name: str, wanted: str, seconds: float = 20) -> None:
        """Press Enter, as it were, until a variable has a value."""
        give_up = time.monotonic() + seconds
        while (found := self.value(name)) != wanted:
            assert time.monotonic() < give_up, f"{name} is {found!r}, and never became {wanted!r}"
            time.sleep(0.1)

    def new_session_within(self, seconds: float) -> int:
        """Press Enter, as it were, until the shell has another session than now; return when that expires."""
        return self.newer_than(self.expires_at(), seconds)

    def newer_than(self, before: int, seconds: float = 30) -> int:
        """Press Enter, as it were, until the shell's session is not the one that ends at `before`; return its end."""
        give_up = time.monotonic() + seconds
        while (now := self.expires_at()) == before:
            assert time.monotonic() < give_up, "the session was never renewed"
            time.sleep(0.1)
        return now


@contextmanager
def living(sandbox: Sandbox, name: str, before: str = ":", **extra: str) -> Iterator[Living]:
    """Start a shell, run `before` in it, and load the hook."""
    with open_shell(sandbox, name, **extra) as terminal:
        shell = Living(terminal, name)
        shell.do(before)
        shell.do(f"source {HOOKS}/shellvault.{name}")
        yield shell


def with_short_sessions(sandbox: Sandbox, life: int = LIFE) -> None:
    """Give the sandbox a profile whose sessions last some seconds."""
    sandbox.aws.world.min_duration = 1
    sandbox.add("base", sandbox.aws.world.user("alice").access_key())
    sandbox.configure(f"[profile {SHORT}]\nsource_profile = base\nduration_seconds = {life}\n")


def sleep_past(moment: int) -> None:
    """Sleep until an epoch second is over."""
    time.sleep(max(0.0, moment + 0.2 - time.time()))
