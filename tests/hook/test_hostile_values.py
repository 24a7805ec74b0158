"""Hostile values in the hook's variables and in the status file run nothing, show nothing and block nothing."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from tests.hook.hostile_variables import TOUCH, is_unharmed, run_silently, write_exports
from tests.hook.live_shell import SHELLS, SHORT, add_short_profile, start_shell
from tests.hook.session_states import KEYS, NEVER, write_assignment

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
    "SHELLVAULT_KEY_ID",
    "AWS_ACCESS_KEY_ID",
    "AWS_PROFILE",
)
VALUES = {
    "code in an index": f"a[$({TOUCH})]",
    "substitution": f"$({TOUCH})",
    "backticks": f"`{TOUCH}`",
    "fish substitution": f"({TOUCH})",
    "command": f"1; {TOUCH} #",
    "quotes": f"'\"; {TOUCH}; '\"",
    "escape sequences": "\x1b]0;title\x07\x1b[31m\x9b31m",
    "several lines": f"1\n{TOUCH}\n2",
    "long": "9" * 100_000,
    "negative number": "-5",
    "octal": "0777777777777",
    "float": "1e9",
    "pattern": "*[a-",
    "option": "-n",
    "empty": "",
}
FRESH = {
    **KEYS,
    "AWS_PROFILE": "",
    "SHELLVAULT_PROFILE": SHORT,
    "SHELLVAULT_EXPIRES_AT": "4000000000",
    "SHELLVAULT_REFRESH_AT": "3999999999",
}
DUE = {**FRESH, "SHELLVAULT_REFRESH_AT": "1000000000"}


@pytest.mark.parametrize("name", SHELLS)
def test_hostile_values_of_variables_are_inert(sandbox: Sandbox, name: str) -> None:
    """All variables at once, then each variable the hook calculates with next to valid ones."""
    with start_shell(sandbox, name, SHELLVAULT_PROMPT="off") as shell:
        for what, value in VALUES.items():
            everywhere = dict.fromkeys(VARIABLES, value)
            for values in (everywhere, *({**DUE, "SHELLVAULT_PROMPT": "off", each: value} for each in FRESH)):
                shell.run(write_assignment(shell, "__shellvault_background_at", NEVER))
                shell.run(f"{write_exports(sandbox, shell, values)}; __shellvault_adopt")
                run_silently(shell, "true")
                assert is_unharmed(sandbox), what


def _make_fifo(path: Path) -> None:
    os.mkfifo(path)


def _make_device_link(path: Path) -> None:
    path.symlink_to("/dev/zero")


def _make_link_loop(path: Path) -> None:
    path.symlink_to(path)


def _make_folder(path: Path) -> None:
    path.mkdir()


def _write_garbage(path: Path) -> None:
    path.write_bytes(bytes(range(256)) * 400)


def _write_code(path: Path) -> None:
    path.write_text(f"a[$({TOUCH})] a[$({TOUCH})] $({TOUCH})\n")


def _write_escapes(path: Path) -> None:
    path.write_text("\x1b[31m -n 4000000001x *\n")


def _create_empty(path: Path) -> None:
    path.touch()


@pytest.mark.parametrize("name", SHELLS)
def test_anything_in_place_of_the_status_file_is_tolerated(sandbox: Sandbox, name: str) -> None:
    """A pipe would block its reader and a device never ends; still the prompt returns at once, without a message."""
    makers: tuple[Callable[[Path], None], ...] = (
        _make_fifo,
        _make_device_link,
        _make_link_loop,
        _make_folder,
        _write_garbage,
        _write_code,
        _write_escapes,
        _create_empty,
    )
    with start_shell(sandbox, name, SHELLVAULT_PROMPT="off") as shell:
        for make in makers:
            stamp = sandbox.home / make.__name__
            make(stamp)
            shell.run(f"{write_exports(sandbox, shell, {**DUE, 'SHELLVAULT_STAMP': str(stamp)})}; __shellvault_adopt")
            assert run_silently(shell, "true") == "", make.__name__
            assert shell.get_variable("SHELLVAULT_STATE") == "refreshing"
            assert is_unharmed(sandbox), make.__name__


@pytest.mark.parametrize("name", SHELLS)
def test_shell_that_starts_with_hostile_values_loads_the_hook_quietly(sandbox: Sandbox, name: str) -> None:
    """They may come from the parent shell or from direnv."""
    add_short_profile(sandbox, 3600)
    values = dict(zip(VARIABLES, VALUES.values(), strict=False))
    with start_shell(sandbox, name, **{**values, "SHELLVAULT_PROMPT": "off"}) as shell:
        assert run_silently(shell, "true") == ""
        assert is_unharmed(sandbox)
