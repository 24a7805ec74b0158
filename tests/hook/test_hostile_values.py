"""Garbage and malice in the hook's variables and in the stamp: nothing is run, nothing is shown, nothing hangs."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from tests.hook.hostile import TOUCH, puts, quiet, unharmed
from tests.hook.living import SHELLS, SHORT, living, with_short_sessions
from tests.hook.moments import NEVER, sets

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.sandbox import Sandbox

VARIABLES = (
    "SHELLVAULT_PROFILE",
    "SHELLVAULT_EXPIRES_AT",
    "SHELLVAULT_REFRESH_AT",
    "SHELLVAULT_STAMP",
    "SHELLVAULT_STATE",
    "SHELLVAULT_SEGMENT",
    "SHELLVAULT_DANGER",
    "SHELLVAULT_PROMPT",
    "SHELLVAULT_TIMEOUT",
    "SHELLVAULT_RESTORE",
    "SHELLVAULT_PREVIOUS",
)
VALUES = {
    "an index that runs": f"a[$({TOUCH})]",
    "a substitution": f"$({TOUCH})",
    "backticks": f"`{TOUCH}`",
    "a fish substitution": f"({TOUCH})",
    "a command": f"1; {TOUCH} #",
    "quotes": f"'\"; {TOUCH}; '\"",
    "an escape": "\x1b]0;title\x07\x1b[31m\x9b31m",
    "lines": f"1\n{TOUCH}\n2",
    "long": "9" * 100_000,
    "a negative number": "-5",
    "octal": "0777777777777",
    "a float": "1e9",
    "a pattern": "*[a-",
    "an option": "-n",
    "nothing": "",
}
FRESH = {"SHELLVAULT_PROFILE": SHORT, "SHELLVAULT_EXPIRES_AT": "4000000000", "SHELLVAULT_REFRESH_AT": "3999999999"}
DUE = {**FRESH, "SHELLVAULT_REFRESH_AT": "1000000000"}


@pytest.mark.parametrize("name", SHELLS)
def test_values_of_every_variable_are_inert(sandbox: Sandbox, name: str) -> None:
    """All variables at once, and each one that the hook reckons with beside valid ones."""
    with living(sandbox, name, SHELLVAULT_PROMPT="off") as shell:
        for what, value in VALUES.items():
            everywhere = dict.fromkeys(VARIABLES, value)
            for values in (everywhere, *({**DUE, "SHELLVAULT_PROMPT": "off", each: value} for each in FRESH)):
                shell.do(sets(shell, "__shellvault_background_at", NEVER))
                shell.do(f"{puts(sandbox, shell, values)}; __shellvault_adopt")
                quiet(shell, "true")
                assert unharmed(sandbox), what


def _fifo(path: Path) -> None:
    os.mkfifo(path)


def _device(path: Path) -> None:
    path.symlink_to("/dev/zero")


def _loop(path: Path) -> None:
    path.symlink_to(path)


def _folder(path: Path) -> None:
    path.mkdir()


def _garbage(path: Path) -> None:
    path.write_bytes(bytes(range(256)) * 400)


def _code(path: Path) -> None:
    path.write_text(f"a[$({TOUCH})] a[$({TOUCH})] $({TOUCH})\n")


def _words(path: Path) -> None:
    path.write_text("\x1b[31m -n 4000000001x *\n")


def _nothing(path: Path) -> None:
    path.touch()


@pytest.mark.parametrize("name", SHELLS)
def test_whatever_lies_where_the_stamp_should_be(sandbox: Sandbox, name: str) -> None:
    """A pipe would make a reader wait, and a device has no end; the prompt comes back at once, and says nothing."""
    makers: tuple[Callable[[Path], None], ...] = (_fifo, _device, _loop, _folder, _garbage, _code, _words, _nothing)
    with living(sandbox, name, SHELLVAULT_PROMPT="off") as shell:
        for make in makers:
            stamp = sandbox.home / make.__name__
            make(stamp)
            shell.do(f"{puts(sandbox, shell, {**DUE, 'SHELLVAULT_STAMP': str(stamp)})}; __shellvault_adopt")
            assert quiet(shell, "true") == "", make.__name__
            assert shell.value("SHELLVAULT_STATE") == "refreshing"
            assert unharmed(sandbox), make.__name__


@pytest.mark.parametrize("name", SHELLS)
def test_a_shell_that_begins_with_hostile_values_loads_the_hook_in_peace(sandbox: Sandbox, name: str) -> None:
    """They may come from the shell's parent, and from a direnv elsewhere."""
    with_short_sessions(sandbox, 3600)
    values = dict(zip(VARIABLES, VALUES.values(), strict=False))
    with living(sandbox, name, **{**values, "SHELLVAULT_PROMPT": "off"}) as shell:
        assert quiet(shell, "true") == ""
        assert unharmed(sandbox)
