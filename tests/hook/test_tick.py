"""With SHELLVAULT_TICK the segment goes on while nobody presses a key, and a half-typed line stays as it is."""

from __future__ import annotations

import re
import time
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING

import pytest

from tests.commands.terminal import PROMPT, at_terminal
from tests.hook.living import HOOKS, with_short_sessions
from tests.hook.rigs import EVERY
from tests.hook.screen import display

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.commands.terminal import Terminal
    from tests.house import House
    from tests.shells.versions import Version

ABLE = [version for version in EVERY if version.name != "bash"]
OWN = {version.name: version for version in reversed(ABLE)}
EACH = pytest.mark.parametrize("name", OWN)
START = {"zsh": ("-i",), "fish": ("-C", f"function fish_prompt; echo -n '{PROMPT}'; end", "-i")}
STATUS = {"zsh": "$?", "fish": "$status"}
SLEEPING = 'pgrep -f "[s]leep .* kill -URG" >/dev/null && echo asleep'
READY = PROMPT.rstrip()
_ANY = r"\d\d?"
GARBAGE = ("", "0", "-1", "1.5", "x", "99999", "1 2", "a[$(touch bad)]", "$(touch bad)", "1; touch bad", "é", "+1")


@pytest.mark.parametrize("version", ABLE, ids=str)
def test_the_time_goes_on_beside_a_half_typed_line(house: House, version: Version) -> None:
    """Twice, without a key; then the line is typed to its end and runs, and the status is still that from before."""
    with _editing(house, version, SHELLVAULT_TICK="1") as terminal:
        _enter(terminal, "sh -c 'exit 3'")
        terminal.press("echo half")
        began = _left(terminal)
        _until(terminal, rf"^\[dev (?!{began}s){_ANY}s\] {PROMPT}echo half$")
        _until(terminal, rf"^\[dev (?!{began}s|{began - 1}s){_ANY}s\] {PROMPT}echo half$")
        terminal.press(f" typed {STATUS[version.name]}\r")
        _until(terminal, r"^half typed 3$")


@EACH
def test_it_is_off_by_default(house: House, name: str) -> None:
    """What is on the screen stays there; nothing waits and nothing sleeps."""
    with _editing(house, OWN[name]) as terminal:
        terminal.press("echo half")
        _until(terminal, "echo half$")
        before = display(terminal.look())
        assert display(terminal.look(2.5)) == before
        _enter(terminal, f"; {'sched; ' if name == 'zsh' else ''}{SLEEPING}; echo nothing")
        assert display(terminal.seen)[-2:-1] == ("nothing",)


@EACH
def test_garbage_in_its_place_is_nothing(house: House, name: str) -> None:
    """Nothing is said, run or scheduled; a number after it is taken."""
    with _editing(house, OWN[name]) as terminal:
        for value in GARBAGE:
            _enter(terminal, f"export SHELLVAULT_TICK='{value}'")
            terminal.look(0.2)
            _enter(terminal, f"{'sched; ' if name == 'zsh' else ''}{SLEEPING}; echo calm")
            assert display(terminal.seen)[-2:-1] == ("calm",), value
            assert "".join(display(terminal.seen)[:-2]).endswith("calm"), value
        _enter(terminal, "export SHELLVAULT_TICK=1")
        _until(terminal, rf"^\[dev (?!{_left(terminal)}s){_ANY}s\] {READY}$")
    assert not list(house.home.rglob("bad"))


@EACH
def test_removal_ends_it(house: House, name: str) -> None:
    """No error comes up later, and what somebody else has scheduled, or listens for, is still there."""
    own = {"zsh": "sched +100 true", "fish": "function mine --on-signal USR1; echo heard; end"}
    other = {"zsh": "sched", "fish": "kill -USR1 $fish_pid"}
    with _editing(house, OWN[name], SHELLVAULT_TICK="1") as terminal:
        _enter(terminal, own[name])
        _until(terminal, rf"^\[dev (?!{_left(terminal)}s){_ANY}s\] {READY}$")
        _enter(terminal, "__shellvault_remove")
        assert display(terminal.look(2.5))[-1] == READY
        _enter(terminal, other[name])
        _until(terminal, {"zsh": r"^  1 .* true$", "fish": "^heard$"}[name])
        assert "__shellvault" not in display(terminal.seen)[-2]


@EACH
def test_it_is_no_job_and_ends_with_the_shell(house: House, name: str) -> None:
    """Jobs and the last one's number are the person's own, leaving says nothing, and nothing goes on sleeping."""
    remember = {"zsh": "mine=x$!; jobs", "fish": "set mine x(string join '' -- $last_pid); jobs"}
    compare = {"zsh": "[[ x$! == $mine ]]", "fish": "test x(string join '' -- $last_pid) = $mine"}
    with _editing(house, OWN[name], SHELLVAULT_TICK="1") as terminal:
        _enter(terminal, remember[name])
        _until(terminal, rf"^\[dev (?!{_left(terminal)}s){_ANY}s\] {READY}$")
        _enter(terminal, f"clear; jobs; {compare[name]} && echo mine")
        assert display(terminal.seen)[-2] == "mine"
        terminal.press("exit\r")
        assert terminal.ends() == 0
        assert "job" not in terminal.seen.rpartition("exit")[2]


@EACH
def test_choices_that_are_listed_stay(house: House, name: str) -> None:
    """Below the line, for as long as somebody looks at them."""
    for file in ("aaa", "aab"):
        (house.home / file).touch()
    with _editing(house, OWN[name], SHELLVAULT_TICK="1") as terminal:
        terminal.press("ls aa\t\t")
        _until(terminal, "^aaa +aab$")
        listed = display(terminal.look(0.3))
        assert display(terminal.look(2.5))[-1] == listed[-1]
        terminal.press("\x03")


@EACH
def test_tracing_does_not_disturb_the_line(house: House, name: str) -> None:
    """Under `set -x`, or fish_trace, nothing is written into what somebody types."""
    with _editing(house, OWN[name], SHELLVAULT_TICK="1") as terminal:
        terminal.press("set fish_trace 1\r" if name == "fish" else "set -x\r")
        terminal.press("echo half")
        began = _left(terminal)
        _until(terminal, rf"^\[dev (?!{began}s|{began - 1}s){_ANY}s\] {PROMPT}echo half$")
        assert display(terminal.look())[-1].endswith("echo half")


def test_a_session_is_renewed_while_nobody_types(house: House) -> None:
    """In the background, then taken over and shown: the time left is more than it was."""
    with_short_sessions(house, 12)
    with ExitStack() as stack:
        terminals = [
            stack.enter_context(_editing(house, version, SHELLVAULT_TICK="1", SHELLVAULT_PROFILE=""))
            for version in OWN.values()
        ]
        for terminal in terminals:
            _enter(terminal, "shellvault use short")
            _until(terminal, rf"^\[short [1-4]s [~!]\] {READY}$")
        for terminal in terminals:
            _until(terminal, rf"^\[short ([6-9]|1\d)s\] {READY}$")


@contextmanager
def _editing(house: House, version: Version, **extra: str) -> Iterator[Terminal]:
    """Start a shell with its line editor and the hook in it, and with a session that nothing renews."""
    now = int(time.time())
    session = {"PROFILE": "dev", "REFRESH_AT": str(now + 55), "EXPIRES_AT": str(now + 58), "STAMP": "/nowhere"}
    env = {f"SHELLVAULT_{name}": value for name, value in session.items()} | {"NO_COLOR": "1", **extra}
    command = [*version.command, *START[version.name]]
    with at_terminal(house, command, PS1=PROMPT, fish_features="no-query-term", **{**env, "TERM": "xterm"}) as terminal:
        _until(terminal, READY)
        _enter(terminal, f"source {HOOKS}/shellvault.{version.name}; clear")
        yield terminal


def _enter(terminal: Terminal, line: str) -> None:
    """Type a line, and wait for the prompt after what it printed."""
    terminal.press(f"{line}\r")
    _until(terminal, rf"{READY}$", since=terminal.seen)


def _left(terminal: Terminal) -> int:
    """Return the seconds left that the last segment on the screen says."""
    return int(re.findall(r"\[dev (\d+)s", "\n".join(display(terminal.look())))[-1])


def _until(terminal: Terminal, pattern: str, since: str = "") -> None:
    """Wait until the last line on the screen, or the one before, matches a pattern."""
    give_up = time.monotonic() + 15
    while True:
        lines = display(terminal.look())[-2:]
        if terminal.seen != since and any(re.search(pattern, line) for line in lines):
            return
        assert time.monotonic() < give_up, (pattern, lines)
