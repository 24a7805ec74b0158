"""AWS is unreachable: a valid session stays, the user is not bothered, and the shell recovers without help."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.commands.terminal import PROMPT
from tests.hook.live_shell import SHELLS, SHORT, add_short_profile, start_shell
from tests.hook.session_states import drop_sessions, end_backoff, expire_session, make_due

if TYPE_CHECKING:
    from tests.sandbox import Sandbox

TICKING = {
    "bash": "__shellvault_clock() { __shellvault_now=$((__shellvault_now + 1)); }",
    "zsh": "__shellvault_clock() { typeset -gi __shellvault_now=$((__shellvault_now + 1)); }",
    "fish": "function __shellvault_clock; set -g __shellvault_now (math $__shellvault_now + 1); end; "
    "set -g __shellvault_written 0",
}
"""A clock that advances one second per reading, so that a hundred prompts take minutes from the hook's view."""


@pytest.mark.parametrize("name", SHELLS)
def test_hundred_prompts_without_aws_cause_three_attempts_and_no_message(sandbox: Sandbox, name: str) -> None:
    """The session stays, the segment shows that it is due, and once AWS is back the shell gets a fresh one."""
    add_short_profile(sandbox, 3600)
    counted = sandbox.home / "counted"
    counted.write_text('#!/bin/sh\necho >>"$HOME/attempts"\nexec shellvault "$@"\n')
    counted.chmod(0o700)
    with start_shell(sandbox, name) as shell:
        until, key_id = shell.use(SHORT), shell.get_variable("AWS_ACCESS_KEY_ID")
        drop_sessions(sandbox)
        sandbox.aws.faults.next("drop", times=None)
        shell.run("set -g __shellvault_program ~/counted" if name == "fish" else "__shellvault_program=(~/counted)")
        shell.run(TICKING[name])
        mark = len(shell.terminal.output)
        make_due(shell)
        shell.terminal.type("\n".join(["true"] * 100))
        shell.run("true")
        assert shell.terminal.output[mark:].count(PROMPT) > 100
        assert 2 <= len((sandbox.home / "attempts").read_text()) <= 3
        assert "error" not in shell.terminal.output[mark:]
        shell.prompt_until("SHELLVAULT_STATE", "due")
        assert shell.get_variable("SHELLVAULT_SEGMENT").endswith("m !")
        assert (shell.get_expiry(), shell.get_variable("AWS_ACCESS_KEY_ID")) == (until, key_id)
        sandbox.aws.faults.clear()
        end_backoff(shell)
        shell.prompt_until("SHELLVAULT_STATE", "fresh")
        assert shell.get_expiry() > until
        assert sandbox.aws.world.count("GetSessionToken", "ok") == 2


@pytest.mark.parametrize("name", SHELLS)
def test_expired_session_stays_and_the_command_runs(sandbox: Sandbox, name: str) -> None:
    """Unset keys would fall back to another account; the failure is reported once, and the shell recovers with AWS."""
    add_short_profile(sandbox, 3600)
    with start_shell(sandbox, name) as shell:
        key_id = (shell.use(SHORT), shell.get_variable("AWS_ACCESS_KEY_ID"))[1]
        drop_sessions(sandbox)
        sandbox.aws.faults.next("drop", times=None)
        expire_session(shell)
        mark = len(shell.terminal.output)
        assert shell.run("echo $AWS_ACCESS_KEY_ID").endswith(key_id)
        assert shell.get_variable("SHELLVAULT_STATE") == "expired"
        assert shell.get_variable("SHELLVAULT_SEGMENT") == f"{SHORT} expired"
        end_backoff(shell)
        assert shell.run("echo $AWS_ACCESS_KEY_ID") == key_id
        assert shell.terminal.output[mark:].count("error:") == 1
        sandbox.aws.faults.clear()
        end_backoff(shell)
        assert shell.run("echo $AWS_ACCESS_KEY_ID") != key_id
        assert shell.get_variable("SHELLVAULT_STATE") == "fresh"


@pytest.mark.parametrize("name", SHELLS)
def test_command_waits_no_longer_than_the_timeout(sandbox: Sandbox, name: str) -> None:
    """SHELLVAULT_TIMEOUT limits the refresh before a command, even if AWS never responds."""
    add_short_profile(sandbox, 3600)
    with start_shell(sandbox, name, SHELLVAULT_TIMEOUT="2s") as shell:
        key_id = (shell.use(SHORT), shell.get_variable("AWS_ACCESS_KEY_ID"))[1]
        drop_sessions(sandbox)
        sandbox.aws.faults.next("hang", times=None)
        expire_session(shell)
        printed = shell.run("echo $AWS_ACCESS_KEY_ID")
        assert "error: no new session within 2s" in printed
        assert printed.endswith(key_id)
        assert shell.get_variable("SHELLVAULT_STATE") == "expired"
