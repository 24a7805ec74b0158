"""Themes rewrite the prompt in various ways, and neither the segment nor the exit status is lost."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from tests.commands.terminal import PROMPT
from tests.hook.bash_limits import can
from tests.hook.configured_shell import ALL_VERSIONS
from tests.hook.line_editor import READY, enter_line, start_line_editor, wait_for_line
from tests.hook.live_shell import HOOKS
from tests.hook.rendered_screen import render_screen

if TYPE_CHECKING:
    from tests.sandbox import Sandbox
    from tests.shells.shell_versions import Version

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
FIRST_ONLY = dict(zip(THEMES["bash"], (rf"<{{}}> {READY}", rf"\[dev \d+s\] {READY}"), strict=True))
"""What those show in a bash that runs only the first element of PROMPT_COMMAND: the theme alone, or the hook alone."""
EACH = [(version, theme) for version in ALL_VERSIONS for theme in THEMES[version.name]]
FISHES = [version for version in ALL_VERSIONS if version.name == "fish"]


@pytest.mark.parametrize(("version", "theme"), EACH, ids=str)
def test_theme_loaded_after_the_hook_keeps_the_segment(sandbox: Sandbox, version: Version, theme: str) -> None:
    """The theme sees the command's own status, and the segment appears once, before its prompt.

    Where bash runs only the first element of PROMPT_COMMAND, it belongs to whoever assigned it last.
    """
    wanted = rf"\[dev \d+s\] <{{}}> {READY}" if can(version, "all of PROMPT_COMMAND") else FIRST_ONLY[theme]
    with start_line_editor(sandbox, version) as terminal:
        enter_line(terminal, theme)
        enter_line(terminal, "clear")
        for status in (3, 0, 4):
            enter_line(terminal, f"sh -c 'exit {status}'")
            assert re.fullmatch(wanted.format(status), render_screen(terminal.output)[-1])


@pytest.mark.parametrize("version", FISHES, ids=str)
def test_fish_vi_mode_indicator_is_kept(sandbox: Sandbox, version: Version) -> None:
    """Each mode change redraws the prompt: the mode changes, while segment and input stay."""
    configured = version.replace(command=version.command[:1])  # without its configuration, fish has no vi keys
    with start_line_editor(sandbox, configured) as terminal:
        enter_line(terminal, "fish_vi_key_bindings")
        terminal.press("echo half")
        wait_for_line(terminal, rf"^\[dev \d+s\] \[I\] {PROMPT}echo half$")
        terminal.press("\x1b")
        wait_for_line(terminal, rf"^\[dev \d+s\] \[N\] {PROMPT}echo half$")
        terminal.press("A typed\r")
        wait_for_line(terminal, "^half typed$")
        enter_line(terminal, "__shellvault_remove")
        assert render_screen(terminal.output)[-1] == f"[I] {READY}"


@pytest.mark.parametrize("first", ["", "__shellvault_look_again; ", "source $HOOK; "])
@pytest.mark.parametrize("version", FISHES, ids=str)
def test_fish_read_prompt_is_left_alone(sandbox: Sandbox, version: Version, first: str) -> None:
    """A script's own prompt does not get the segment, not even after a tick, or if the hook is loaded again."""
    with start_line_editor(sandbox, version) as terminal:
        enter_line(terminal, f"set -g HOOK {HOOKS}/shellvault.fish")
        terminal.press(f"{first}read -P 'your name: ' name; echo hello $name\r")
        wait_for_line(terminal, "^your name: ?$")
        terminal.press("you\r")
        wait_for_line(terminal, "^hello you$")
        wait_for_line(terminal, rf"^\[dev \d+s\] {READY}$")
