"""SHELLVAULT_TICK: the segment is updated while no key is pressed, without disturbing a half-typed line."""

from __future__ import annotations

import re
import time
from contextlib import ExitStack
from typing import TYPE_CHECKING

import pytest

from tests.commands.terminal import PROMPT
from tests.hook.configured_shell import ALL_VERSIONS
from tests.hook.line_editor import READY, enter_line, start_line_editor, wait_for_line
from tests.hook.live_shell import add_short_profile
from tests.hook.rendered_screen import render_screen

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.commands.terminal import Terminal
    from tests.sandbox import Sandbox
    from tests.shells.shell_versions import Version

SUPPORTED = [version for version in ALL_VERSIONS if version.name != "bash"]
NEWEST = {version.name: version for version in reversed(SUPPORTED)}
EACH = pytest.mark.parametrize("name", NEWEST)
STATUS = {"zsh": "$?", "fish": "$status"}
PENDING = {"zsh": "sched", "fish": r'pgrep -f "URG.* $fish_pid\$"'}
"""Prints whatever is waiting for the next tick."""
_SECONDS = r"\d\d?"
GARBAGE = ("", "0", "-1", "1.5", "x", "99999", "1 2", "a[$(touch bad)]", "$(touch bad)", "1; touch bad", "é", "+1")


@pytest.mark.parametrize("version", SUPPORTED, ids=str)
def test_time_left_is_updated_next_to_a_half_typed_line(sandbox: Sandbox, version: Version) -> None:
    """Twice, without a key press; then the line is completed and runs, and the exit status is still there."""
    with start_line_editor(sandbox, version, SHELLVAULT_TICK="1") as terminal:
        enter_line(terminal, "sh -c 'sleep 1.3; exit 3'")  # the first tick is due before the prompt
        terminal.press("echo half")
        start = _read_time_left(terminal)
        wait_for_line(terminal, rf"^\[dev (?!{start}s){_SECONDS}s\] {PROMPT}echo half$")
        wait_for_line(terminal, rf"^\[dev (?!{start}s|{start - 1}s){_SECONDS}s\] {PROMPT}echo half$")
        terminal.press(f" typed {STATUS[version.name]}\r")
        wait_for_line(terminal, r"^half typed 3$")


@EACH
def test_tick_is_off_by_default(sandbox: Sandbox, name: str) -> None:
    """The screen does not change; nothing is scheduled and nothing sleeps."""
    with start_line_editor(sandbox, NEWEST[name]) as terminal:
        terminal.press("echo half")
        wait_for_line(terminal, "echo half$")
        before = render_screen(terminal.collect_output())
        assert render_screen(terminal.collect_output(2.5)) == before
        enter_line(terminal, f"; {PENDING[name]}; echo nothing")
        assert render_screen(terminal.output)[-2:-1] == ("nothing",)


@EACH
def test_invalid_interval_is_ignored(sandbox: Sandbox, name: str) -> None:
    """No message, no action, nothing scheduled; a valid number set later takes effect."""
    with start_line_editor(sandbox, NEWEST[name]) as terminal:
        for value in GARBAGE:
            enter_line(terminal, f"export SHELLVAULT_TICK='{value}'")
            terminal.collect_output(0.2)
            enter_line(terminal, f"{PENDING[name]}; echo calm")
            assert render_screen(terminal.output)[-2:-1] == ("calm",), value
            assert "".join(render_screen(terminal.output)[:-2]).endswith("calm"), value
        enter_line(terminal, "export SHELLVAULT_TICK=1")
        wait_for_line(terminal, rf"^\[dev (?!{_read_time_left(terminal)}s){_SECONDS}s\] {READY}$")
    assert not list(sandbox.home.rglob("bad"))


@EACH
def test_removal_stops_the_tick(sandbox: Sandbox, name: str) -> None:
    """No error appears later, and the user's own scheduled commands and signal handlers remain."""
    own = {"zsh": "sched +100 true", "fish": "function mine --on-signal USR1; echo heard; end"}
    other = {"zsh": "sched", "fish": "kill -USR1 $fish_pid"}
    with start_line_editor(sandbox, NEWEST[name], SHELLVAULT_TICK="1") as terminal:
        enter_line(terminal, own[name])
        wait_for_line(terminal, rf"^\[dev (?!{_read_time_left(terminal)}s){_SECONDS}s\] {READY}$")
        enter_line(terminal, "__shellvault_remove")
        assert render_screen(terminal.collect_output(2.5))[-1] == READY
        enter_line(terminal, other[name])
        wait_for_line(terminal, {"zsh": r"^  1 .* true$", "fish": "^heard$"}[name])
        assert "__shellvault" not in render_screen(terminal.output)[-2]


@EACH
def test_tick_is_not_a_job_and_ends_with_the_shell(sandbox: Sandbox, name: str) -> None:
    """Jobs and `$!` are the user's own, exiting gives no warning, and no process keeps sleeping."""
    remember = {"zsh": "mine=x$!; jobs", "fish": "set mine x(string join '' -- $last_pid); jobs"}
    compare = {"zsh": "[[ x$! == $mine ]]", "fish": "test x(string join '' -- $last_pid) = $mine"}
    with start_line_editor(sandbox, NEWEST[name], SHELLVAULT_TICK="1") as terminal:
        enter_line(terminal, remember[name])
        wait_for_line(terminal, rf"^\[dev (?!{_read_time_left(terminal)}s){_SECONDS}s\] {READY}$")
        enter_line(terminal, f"clear; jobs; {compare[name]} && echo mine")
        assert render_screen(terminal.output)[-2] == "mine"
        terminal.press("exit\r")
        assert terminal.wait_for_exit() == 0
        assert "job" not in terminal.output.rpartition("exit")[2]


@EACH
def test_listed_completions_stay_on_the_screen(sandbox: Sandbox, name: str) -> None:
    """Below the line, for as long as the user needs them."""
    for file in ("aaa", "aab"):
        (sandbox.home / file).touch()
    with start_line_editor(sandbox, NEWEST[name], SHELLVAULT_TICK="1") as terminal:
        terminal.press("ls aa\t\t")
        wait_for_line(terminal, "^aaa +aab$")
        listed = render_screen(terminal.collect_output(0.3))
        assert render_screen(terminal.collect_output(2.5))[-1] == listed[-1]
        terminal.press("\x03")


@EACH
def test_tracing_does_not_disturb_the_line(sandbox: Sandbox, name: str) -> None:
    """`set -x` or fish_trace writes nothing into the line being typed."""
    with start_line_editor(sandbox, NEWEST[name], SHELLVAULT_TICK="1") as terminal:
        terminal.press("set fish_trace 1\r" if name == "fish" else "set -x\r")
        terminal.press("echo half")
        start = _read_time_left(terminal)
        wait_for_line(terminal, rf"^\[dev (?!{start}s|{start - 1}s){_SECONDS}s\] {PROMPT}echo half$")
        assert render_screen(terminal.collect_output())[-1].endswith("echo half")


def test_idle_shell_is_refreshed(sandbox: Sandbox) -> None:
    """In the background, then picked up and shown: the time left increases."""
    add_short_profile(sandbox, 12)
    with ExitStack() as stack:
        terminals = [
            stack.enter_context(start_line_editor(sandbox, version, SHELLVAULT_TICK="1", SHELLVAULT_PROFILE=""))
            for version in NEWEST.values()
        ]
        for terminal in terminals:
            enter_line(terminal, "shellvault use short")
        _wait_for_increase(terminals)


def _wait_for_increase(terminals: Sequence[Terminal]) -> None:
    """Wait until each terminal shows more time left than it did at the start."""
    deadline = time.monotonic() + 40
    before = {terminal: _read_time_left(terminal) for terminal in terminals}
    while before:
        assert time.monotonic() < deadline, [render_screen(terminal.output)[-1] for terminal in before]
        now = {terminal: _read_time_left(terminal) for terminal in before}
        before = {terminal: left for terminal, left in now.items() if left <= before[terminal]}
        time.sleep(0.1)


def _read_time_left(terminal: Terminal) -> int:
    """Return the seconds left shown by the last segment on the screen."""
    return int(re.findall(r"\[\w+ (\d+)s", "\n".join(render_screen(terminal.collect_output())))[-1])
