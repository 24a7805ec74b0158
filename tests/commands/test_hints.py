"""Commands in hints can be typed as shown: names are quoted, whatever they contain."""

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
def test_hint_for_an_unknown_name_quotes_it(warm_sandbox: Sandbox, name: str) -> None:
    """A real shell runs the command after the last colon, with a `shellvault` that prints its arguments."""
    done = warm_sandbox.run("env", name, "--shell", "bash")
    assert done.returncode == 3
    command = done.stderr.splitlines()[-1].rpartition("key pair: ")[2]
    typed = subprocess.run(["bash", "-c", _ECHO + command], capture_output=True, text=True, check=True)
    assert typed.stdout == f"add|{name}|"


@pytest.mark.parametrize("name", NAMES)
def test_status_suggestion_quotes_the_profile(warm_sandbox: Sandbox, name: str) -> None:
    """The suggested `eval` contains a command line, which must hold the name as one word."""
    done = warm_sandbox.run("status", SHELLVAULT_PROFILE=name, SHELLVAULT_EXPIRES_AT="1")
    command = done.stdout.partition("has expired: ")[2].splitlines()[0]
    printing = command.replace("eval ", "printf %s ", 1)
    typed = subprocess.run(["bash", "-c", _ECHO + printing], capture_output=True, text=True, check=True)
    assert typed.stdout == f"env|{name}|"


def test_many_shells_can_query_a_profile_concurrently(warm_sandbox: Sandbox) -> None:
    """As direnv does when a terminal restores its tabs: all of them succeed."""
    with ThreadPoolExecutor(12) as shells:
        answers = list(
            shells.map(lambda _: warm_sandbox.run("env", "alpha", "--process", "--shell", "bash"), range(24)),
        )
    assert [answer.stderr for answer in answers if answer.returncode] == []
    assert len({answer.stdout for answer in answers}) == 1
