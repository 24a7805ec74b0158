"""Commands in hints can be typed as shown: names are quoted, whatever they contain."""

from __future__ import annotations

import re
import subprocess
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from tests.commands.terminal import PROMPT, open_shell
from tests.sandbox import SHELLVAULT

if TYPE_CHECKING:
    from tests.sandbox import Sandbox

NAMES = ("team dev", "it's", "x;exit 7", "$(exit 7)", "x&y", "`exit 7`", "*")
ELSEWHERE = "/usr/bin:/bin"  # as PATH
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


@pytest.mark.parametrize("words", [("use", "alpha"), ("env", "nope"), ("exec",), ("lsit", "x"), ("rotate", "nope")])
def test_a_hint_names_a_program_that_the_shell_finds(warm_sandbox: Sandbox, words: tuple[str, ...]) -> None:
    """Where PATH lacks it, by its path; `use` and `off` are the hook's, which needs no PATH."""
    found = warm_sandbox.command([SHELLVAULT, *words], SHELLVAULT_AGENT="off").stderr
    lost = warm_sandbox.command([SHELLVAULT, *words], SHELLVAULT_AGENT="off", PATH=ELSEWHERE).stderr
    message, hint, then = found.partition("hint: ")
    assert lost == message + hint + re.sub("shellvault (?=add|exec|hook|list)", f"{SHELLVAULT} ", then)


def test_the_hint_for_the_hook_can_be_typed_without_path(warm_sandbox: Sandbox) -> None:
    """It loads the hook, after which the same command works."""
    with open_shell(warm_sandbox, "bash", COLUMNS="200", PATH=ELSEWHERE) as terminal:
        terminal.type(f"{SHELLVAULT} use alpha")
        hook = terminal.expect("hint: (.*), then the same command again; put that line into [^\r]*\r\n").group(1)
        assert hook == f'eval "$({SHELLVAULT} hook bash)"'
        terminal.expect(PROMPT)
        terminal.type(f"{hook}; shellvault use alpha; echo status $?")
        terminal.expect("status 0\r\n")


def test_many_shells_can_query_a_profile_concurrently(warm_sandbox: Sandbox) -> None:
    """As direnv does when a terminal restores its tabs: all of them succeed."""
    with ThreadPoolExecutor(12) as shells:
        answers = list(
            shells.map(lambda _: warm_sandbox.run("env", "alpha", "--process", "--shell", "bash"), range(24)),
        )
    assert [answer.stderr for answer in answers if answer.returncode] == []
    assert len({answer.stdout for answer in answers}) == 1


def test_where_no_profile_exists_the_hint_says_how_to_get_one(sandbox: Sandbox) -> None:
    """At a terminal, there would be nothing to choose from."""
    with open_shell(sandbox, "bash") as terminal:
        terminal.type("shellvault exec -- true; echo status $?")
        terminal.expect("no profile given\r\n")
        terminal.expect("hint: there is no profile yet; store an access key: shellvault add NAME\r\n")
        terminal.expect("status 2\r\n")
