"""AWS is away for a while: what is valid stays, nobody is pestered, and it heals by itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.commands.terminal import PROMPT
from tests.hook.living import SHELLS, SHORT, living, with_short_sessions
from tests.hook.moments import becomes_due, expires_while_idle, forgotten, may_try_again

if TYPE_CHECKING:
    from tests.sandbox import Sandbox

TICKING = {
    "bash": "__shellvault_clock() { __shellvault_now=$((__shellvault_now + 1)); }",
    "zsh": "__shellvault_clock() { typeset -gi __shellvault_now=$((__shellvault_now + 1)); }",
    "fish": "function __shellvault_clock; set -g __shellvault_now (math $__shellvault_now + 1); end",
}
"""A clock that goes on by a second whenever the hook reads it: a hundred prompts in some seconds are minutes to it."""


@pytest.mark.parametrize("name", SHELLS)
def test_a_hundred_prompts_without_aws_are_three_attempts_and_no_message(sandbox: Sandbox, name: str) -> None:
    """The credentials stay, the segment says that they are due, and when AWS is back the shell is fresh again."""
    with_short_sessions(sandbox, 3600)
    counted = sandbox.home / "counted"
    counted.write_text('#!/bin/sh\necho >>"$HOME/attempts"\nexec shellvault "$@"\n')
    counted.chmod(0o700)
    with living(sandbox, name) as shell:
        until, key_id = shell.use(SHORT), shell.value("AWS_ACCESS_KEY_ID")
        forgotten(sandbox)
        sandbox.aws.faults.next("drop", times=None)
        shell.do("set -g __shellvault_program ~/counted" if name == "fish" else "__shellvault_program=(~/counted)")
        shell.do(TICKING[name])
        mark = len(shell.terminal.output)
        becomes_due(shell)
        shell.terminal.type("\n".join(["true"] * 100))
        shell.do("true")
        assert shell.terminal.output[mark:].count(PROMPT) > 100
        assert 2 <= len((sandbox.home / "attempts").read_text()) <= 3
        assert "error" not in shell.terminal.output[mark:]
        shell.prompts_until("SHELLVAULT_STATE", "due")
        assert shell.value("SHELLVAULT_SEGMENT").endswith("m !")
        assert (shell.expires_at(), shell.value("AWS_ACCESS_KEY_ID")) == (until, key_id)
        sandbox.aws.faults.clear()
        may_try_again(shell)
        shell.prompts_until("SHELLVAULT_STATE", "fresh")
        assert shell.expires_at() > until
        assert sandbox.aws.world.count("GetSessionToken", "ok") == 2


@pytest.mark.parametrize("name", SHELLS)
def test_what_has_expired_stays_and_the_command_runs(sandbox: Sandbox, name: str) -> None:
    """Unset keys would fall through to another account; the failure is told once, and heals when AWS is back."""
    with_short_sessions(sandbox, 3600)
    with living(sandbox, name) as shell:
        key_id = (shell.use(SHORT), shell.value("AWS_ACCESS_KEY_ID"))[1]
        forgotten(sandbox)
        sandbox.aws.faults.next("drop", times=None)
        expires_while_idle(shell)
        mark = len(shell.terminal.output)
        assert shell.do("echo $AWS_ACCESS_KEY_ID").endswith(key_id)
        assert shell.value("SHELLVAULT_STATE") == "expired"
        assert shell.value("SHELLVAULT_SEGMENT") == f"{SHORT} expired"
        may_try_again(shell)
        assert shell.do("echo $AWS_ACCESS_KEY_ID") == key_id
        assert shell.terminal.output[mark:].count("error:") == 1
        sandbox.aws.faults.clear()
        may_try_again(shell)
        assert shell.do("echo $AWS_ACCESS_KEY_ID") != key_id
        assert shell.value("SHELLVAULT_STATE") == "fresh"


@pytest.mark.parametrize("name", SHELLS)
def test_a_command_waits_no_longer_than_it_is_told_to(sandbox: Sandbox, name: str) -> None:
    """SHELLVAULT_TIMEOUT bounds the refresh before a command, even where AWS never answers."""
    with_short_sessions(sandbox, 3600)
    with living(sandbox, name, SHELLVAULT_TIMEOUT="2s") as shell:
        key_id = (shell.use(SHORT), shell.value("AWS_ACCESS_KEY_ID"))[1]
        forgotten(sandbox)
        sandbox.aws.faults.next("hang", times=None)
        expires_while_idle(shell)
        printed = shell.do("echo $AWS_ACCESS_KEY_ID")
        assert "error: no new session within 2s" in printed
        assert printed.endswith(key_id)
        assert shell.value("SHELLVAULT_STATE") == "expired"
