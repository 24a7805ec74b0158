"""What a hint says to type can be typed: a name in it is one word to a shell, whatever it holds."""

from __future__ import annotations

import subprocess
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.sandbox import Sandbox

NAMES = ("team dev", "it's", "x;exit 7", "$(exit 7)", "x&y", "`exit 7`", "*")
_ECHO = 'shellvault() { printf "%s|" "$@"; }; '


@pytest.mark.parametrize("name", NAMES)
def test_the_hint_for_an_unknown_name_stores_a_key_pair_under_this_very_name(settled: Sandbox, name: str) -> None:
    """The words after the last colon are run by a real shell, in which `shellvault` prints its arguments."""
    done = settled.run("env", name, "--shell", "bash")
    assert done.returncode == 3
    command = done.stderr.splitlines()[-1].rpartition("key pair: ")[2]
    typed = subprocess.run(["bash", "-c", _ECHO + command], capture_output=True, text=True, check=True)
    assert typed.stdout == f"add|{name}|"


@pytest.mark.parametrize("name", NAMES)
def test_what_status_says_to_type_names_this_very_profile(settled: Sandbox, name: str) -> None:
    """The line is an `eval` of an inner command line, which holds the name as one word."""
    done = settled.run("status", SHELLVAULT_PROFILE=name, SHELLVAULT_EXPIRES_AT="1")
    command = done.stdout.partition("has expired: ")[2].splitlines()[0]
    printing = command.replace("eval ", "printf %s ", 1)
    typed = subprocess.run(["bash", "-c", _ECHO + printing], capture_output=True, text=True, check=True)
    assert typed.stdout == f"env|{name}|"


def test_many_shells_may_ask_for_a_profile_without_secrets_at_once(settled: Sandbox) -> None:
    """As direnv does where a terminal opens its tabs again: all of them get it."""
    with ThreadPoolExecutor(12) as shells:
        answers = list(
            shells.map(lambda _: settled.run("env", "alpha", "--process", "--shell", "bash"), range(24)),
        )
    assert [answer.stderr for answer in answers if answer.returncode] == []
    assert len({answer.stdout for answer in answers}) == 1
