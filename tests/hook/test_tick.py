"""With SHELLVAULT_TICK the segment goes on while nobody presses a key, and a half-typed line stays as it is."""

from __future__ import annotations

import re
import time
from contextlib import ExitStack
from typing import TYPE_CHECKING

import pytest

from tests.commands.terminal import PROMPT
from tests.hook.editing import READY, editing, enter, until
from tests.hook.living import with_short_sessions
from tests.hook.rigs import EVERY
from tests.hook.screen import display

if TYPE_CHECKING:
    from tests.commands.terminal import Terminal
    from tests.sandbox import Sandbox
    from tests.shells.versions import Version

ABLE = [version for version in EVERY if version.name != "bash"]
OWN = {version.name: version for version in reversed(ABLE)}
EACH = pytest.mark.parametrize("name", OWN)
STATUS = {"zsh": "$?", "fish": "$status"}
WAITING = {"zsh": "sched", "fish": r'pgrep -f "URG.* $fish_pid\$"'}
"""What prints whatever waits for the next tick."""
_ANY = r"\d\d?"
GARBAGE = ("", "0", "-1", "1.5", "x", "99999", "1 2", "a[$(touch bad)]", "$(touch bad)", "1; touch bad", "é", "+1")


@pytest.mark.parametrize("version", ABLE, ids=str)
def test_the_time_goes_on_beside_a_half_typed_line(sandbox: Sandbox, version: Version) -> None:
    """Twice, without a key; then the line is typed to its end and runs, and the status is still that from before."""
    with editing(sandbox, version, SHELLVAULT_TICK="1") as terminal:
        enter(terminal, "sh -c 'sleep 1.3; exit 3'")  # the first tick is due before the prompt
        terminal.press("echo half")
        began = _left(terminal)
        until(terminal, rf"^\[dev (?!{began}s){_ANY}s\] {PROMPT}echo half$")
        until(terminal, rf"^\[dev (?!{began}s|{began - 1}s){_ANY}s\] {PROMPT}echo half$")
        terminal.press(f" typed {STATUS[version.name]}\r")
        until(terminal, r"^half typed 3$")


@EACH
def test_it_is_off_by_default(sandbox: Sandbox, name: str) -> None:
    """What is on the screen stays there; nothing waits and nothing sleeps."""
    with editing(sandbox, OWN[name]) as terminal:
        terminal.press("echo half")
        until(terminal, "echo half$")
        before = display(terminal.collect_output())
        assert display(terminal.collect_output(2.5)) == before
        enter(terminal, f"; {WAITING[name]}; echo nothing")
        assert display(terminal.output)[-2:-1] == ("nothing",)


@EACH
def test_garbage_in_its_place_is_nothing(sandbox: Sandbox, name: str) -> None:
    """Nothing is said, run or scheduled; a number after it is taken."""
    with editing(sandbox, OWN[name]) as terminal:
        for value in GARBAGE:
            enter(terminal, f"export SHELLVAULT_TICK='{value}'")
            terminal.collect_output(0.2)
            enter(terminal, f"{WAITING[name]}; echo calm")
            assert display(terminal.output)[-2:-1] == ("calm",), value
            assert "".join(display(terminal.output)[:-2]).endswith("calm"), value
        enter(terminal, "export SHELLVAULT_TICK=1")
        until(terminal, rf"^\[dev (?!{_left(terminal)}s){_ANY}s\] {READY}$")
    assert not list(sandbox.home.rglob("bad"))


@EACH
def test_removal_ends_it(sandbox: Sandbox, name: str) -> None:
    """No error comes up later, and what somebody else has scheduled, or listens for, is still there."""
    own = {"zsh": "sched +100 true", "fish": "function mine --on-signal USR1; echo heard; end"}
    other = {"zsh": "sched", "fish": "kill -USR1 $fish_pid"}
    with editing(sandbox, OWN[name], SHELLVAULT_TICK="1") as terminal:
        enter(terminal, own[name])
        until(terminal, rf"^\[dev (?!{_left(terminal)}s){_ANY}s\] {READY}$")
        enter(terminal, "__shellvault_remove")
        assert display(terminal.collect_output(2.5))[-1] == READY
        enter(terminal, other[name])
        until(terminal, {"zsh": r"^  1 .* true$", "fish": "^heard$"}[name])
        assert "__shellvault" not in display(terminal.output)[-2]


@EACH
def test_it_is_no_job_and_ends_with_the_shell(sandbox: Sandbox, name: str) -> None:
    """Jobs and the last one's number are the person's own, leaving says nothing, and nothing goes on sleeping."""
    remember = {"zsh": "mine=x$!; jobs", "fish": "set mine x(string join '' -- $last_pid); jobs"}
    compare = {"zsh": "[[ x$! == $mine ]]", "fish": "test x(string join '' -- $last_pid) = $mine"}
    with editing(sandbox, OWN[name], SHELLVAULT_TICK="1") as terminal:
        enter(terminal, remember[name])
        until(terminal, rf"^\[dev (?!{_left(terminal)}s){_ANY}s\] {READY}$")
        enter(terminal, f"clear; jobs; {compare[name]} && echo mine")
        assert display(terminal.output)[-2] == "mine"
        terminal.press("exit\r")
        assert terminal.wait_for_exit() == 0
        assert "job" not in terminal.output.rpartition("exit")[2]


@EACH
def test_choices_that_are_listed_stay(sandbox: Sandbox, name: str) -> None:
    """Below the line, for as long as somebody looks at them."""
    for file in ("aaa", "aab"):
        (sandbox.home / file).touch()
    with editing(sandbox, OWN[name], SHELLVAULT_TICK="1") as terminal:
        terminal.press("ls aa\t\t")
        until(terminal, "^aaa +aab$")
        listed = display(terminal.collect_output(0.3))
        assert display(terminal.collect_output(2.5))[-1] == listed[-1]
        terminal.press("\x03")


@EACH
def test_tracing_does_not_disturb_the_line(sandbox: Sandbox, name: str) -> None:
    """Under `set -x`, or fish_trace, nothing is written into what somebody types."""
    with editing(sandbox, OWN[name], SHELLVAULT_TICK="1") as terminal:
        terminal.press("set fish_trace 1\r" if name == "fish" else "set -x\r")
        terminal.press("echo half")
        began = _left(terminal)
        until(terminal, rf"^\[dev (?!{began}s|{began - 1}s){_ANY}s\] {PROMPT}echo half$")
        assert display(terminal.collect_output())[-1].endswith("echo half")


def test_a_session_is_renewed_while_nobody_types(sandbox: Sandbox) -> None:
    """In the background, then taken over and shown: the time left is more than it was."""
    with_short_sessions(sandbox, 12)
    with ExitStack() as stack:
        terminals = [
            stack.enter_context(editing(sandbox, version, SHELLVAULT_TICK="1", SHELLVAULT_PROFILE=""))
            for version in OWN.values()
        ]
        for terminal in terminals:
            enter(terminal, "shellvault use short")
        for terminal in terminals:
            _rises(terminal)


def _rises(terminal: Terminal) -> None:
    """Wait until the time left is more than it was a moment before."""
    give_up = time.monotonic() + 40
    before = _left(terminal)
    while (now := _left(terminal)) <= before:
        assert time.monotonic() < give_up, display(terminal.output)[-1]
        before = now
        time.sleep(0.1)


def _left(terminal: Terminal) -> int:
    """Return the seconds left that the last segment on the screen says."""
    return int(re.findall(r"\[\w+ (\d+)s", "\n".join(display(terminal.collect_output())))[-1])
