"""AWS is unreachable: elvish, nushell and xonsh keep the session, bother nobody, and recover without help."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from tests.hook.hooked_other_shell import OTHERS, change, get_variable, start_other_shell, use
from tests.hook.live_shell import SHORT, add_short_profile
from tests.hook.session_states import drop_sessions

if TYPE_CHECKING:
    from tests.sandbox import Sandbox

EACH = pytest.mark.parametrize("name", OTHERS)


@EACH
def test_unreachable_aws_breaks_no_prompt_and_is_asked_less_often(sandbox: Sandbox, name: str) -> None:
    """It tries once in the background and once before a command, reports only the first failure, and keeps the keys."""
    add_short_profile(sandbox, 3600)
    counted = sandbox.home / "bin" / "shellvault"
    counted.parent.mkdir()
    counted.write_text('#!/bin/sh\necho "$*" >>"$HOME/attempts"\nPATH=${PATH#*:} exec shellvault "$@"\n')
    counted.chmod(0o700)
    path = f"{counted.parent}:{sandbox.env['PATH']}"
    with start_other_shell(sandbox, name, PATH=path) as shell:
        use(shell, SHORT)
        key_id = get_variable(shell, "AWS_ACCESS_KEY_ID")
        drop_sessions(sandbox)
        sandbox.aws.faults.next("drop", times=None)
        change(sandbox, shell, SHELLVAULT_REFRESH_AT="1000000000")
        for number in range(8):
            assert shell.run(f"echo {number}") == str(number)
        attempts = (sandbox.home / "attempts").read_text().splitlines()[1:]
        assert len(attempts) == 1
        printed = change(sandbox, shell, SHELLVAULT_EXPIRES_AT="1000000001")
        assert printed.count("error:") == 1
        for number in range(4):
            assert shell.run(f"echo {number}") == str(number)
        assert get_variable(shell, "SHELLVAULT_SEGMENT") == f"{SHORT} expired"
        assert get_variable(shell, "AWS_ACCESS_KEY_ID") == key_id
        time.sleep(3.2)
        assert shell.run("echo again") == "again"
        sandbox.aws.faults.clear()
        time.sleep(3.2)
        assert get_variable(shell, "AWS_ACCESS_KEY_ID") != key_id
        assert get_variable(shell, "SHELLVAULT_STATE") == "fresh"


@EACH
def test_interrupt_ends_the_wait_before_a_command(sandbox: Sandbox, name: str) -> None:
    """The wait ends at once, and the next command doesn't wait. The command still runs, except in xonsh."""
    add_short_profile(sandbox, 3600)
    with start_other_shell(sandbox, name, SHELLVAULT_TIMEOUT="25s") as shell:
        use(shell, SHORT)
        drop_sessions(sandbox)
        soon = str(int(time.time()) + 4)
        times = {"SHELLVAULT_REFRESH_AT": soon, "SHELLVAULT_EXPIRES_AT": soon}
        change(sandbox, shell, SHELLVAULT_STAMP="/nowhere", **times)
        sandbox.aws.faults.next("hang", times=None)
        time.sleep(max(0.0, int(soon) + 1.2 - time.time()))
        started = time.monotonic()
        shell.type("echo done")
        printed = shell.interrupt_after("the credentials come from")
        assert time.monotonic() - started < 15
        assert ("done" in printed.splitlines()) == (name != "xonsh")
        started = time.monotonic()
        assert shell.run("echo again") == "again"
        assert time.monotonic() - started < 10
        assert get_variable(shell, "SHELLVAULT_STATE") == "expired"
