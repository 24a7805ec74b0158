"""Themes write the prompt anew, each in its own way, and the segment and the status of the last command survive it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from tests.commands.terminal import PROMPT
from tests.hook.editing import READY, editing, enter, until
from tests.hook.rigs import EVERY
from tests.hook.screen import display

if TYPE_CHECKING:
    from tests.sandbox import Sandbox
    from tests.shells.versions import Version

THEMES = {
    "bash": (
        f'theme() {{ PS1="<$?> {PROMPT}"; }}; PROMPT_COMMAND=theme',
        f'theme() {{ PS1="<$?> {PROMPT}"; }}; PROMPT_COMMAND+=(theme)',
    ),
    "zsh": (
        f'theme() {{ PROMPT="<$?> {PROMPT}" }}; precmd_functions+=(theme)',
        f'precmd() {{ PROMPT="<$?> {PROMPT}" }}',
        f"setopt prompt_subst; theme() {{ PROMPT='<$?> {PROMPT}' }}; precmd_functions=(theme $precmd_functions)",
    ),
    "fish": (
        f'function fish_prompt; echo -n "<$status> {PROMPT}"; end',
        f'function fish_mode_prompt; end; function fish_prompt; echo -n "<$status> {PROMPT}"; end',
    ),
}
EACH = [(version, theme) for version in EVERY for theme in THEMES[version.name]]
FISHES = [version for version in EVERY if version.name == "fish"]


@pytest.mark.parametrize(("version", "theme"), EACH, ids=str)
def test_a_theme_that_comes_after_the_hook_keeps_the_segment(sandbox: Sandbox, version: Version, theme: str) -> None:
    """It is told the command's own status, at each prompt, and the segment stands before what it writes, once."""
    with editing(sandbox, version) as terminal:
        enter(terminal, theme)
        enter(terminal, "clear")
        for status in (3, 0, 4):
            enter(terminal, f"sh -c 'exit {status}'")
            assert re.fullmatch(rf"\[dev \d+s\] <{status}> {READY}", display(terminal.output)[-1])


@pytest.mark.parametrize("version", FISHES, ids=str)
def test_the_mode_of_fishs_vi_keys_stands_beside_the_segment(sandbox: Sandbox, version: Version) -> None:
    """Each change of mode draws the prompt anew: the mode changes, the segment stays, and so does the line."""
    configured = version.replace(command=version.command[:1])  # without its configuration fish has no vi keys
    with editing(sandbox, configured) as terminal:
        enter(terminal, "fish_vi_key_bindings")
        terminal.press("echo half")
        until(terminal, rf"^\[dev \d+s\] \[I\] {PROMPT}echo half$")
        terminal.press("\x1b")
        until(terminal, rf"^\[dev \d+s\] \[N\] {PROMPT}echo half$")
        terminal.press("A typed\r")
        until(terminal, "^half typed$")
        enter(terminal, "__shellvault_remove")
        assert display(terminal.output)[-1] == f"[I] {READY}"


@pytest.mark.parametrize("version", FISHES, ids=str)
def test_the_prompt_of_fishs_read_is_the_scripts_own(sandbox: Sandbox, version: Version) -> None:
    """A question of a script's is no place for the segment."""
    with editing(sandbox, version) as terminal:
        terminal.press("read -P 'your name: ' name; echo hello $name\r")
        until(terminal, "^your name: ?$")
        terminal.press("you\r")
        until(terminal, "^hello you$")
        until(terminal, rf"^\[dev \d+s\] {READY}$")
