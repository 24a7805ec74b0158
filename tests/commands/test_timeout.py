"""`env --no-input --timeout`: an AWS that hangs holds nobody beyond the limit, nor takes away what is still valid."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from tests.commands.people import with_role
from tests.hook.living import SHORT, sleep_past, with_short_sessions

if TYPE_CHECKING:
    from tests.sandbox import Sandbox

LIMITED = ("--shell", "bash", "--no-input", "--timeout", "2s")


def test_nothing_comes_of_an_aws_that_hangs(sandbox: Sandbox) -> None:
    """Status 8, `false` on stdout, and the lock is free for the next one."""
    with_role(sandbox)
    sandbox.aws.faults.next("hang", None)
    began = time.monotonic()
    done = sandbox.run("env", "reader", *LIMITED)
    assert time.monotonic() - began < 10
    assert (done.returncode, done.stdout) == (8, "false\n")
    assert "error: no new session within 2s\n" in done.stderr
    sandbox.aws.faults.clear()
    assert sandbox.run("env", "reader", *LIMITED).returncode == 0


def test_a_session_that_is_still_valid_is_handed_out(sandbox: Sandbox) -> None:
    """Inside the margin a newer one is wanted; where AWS gives none in time, the old one has to do."""
    with_short_sessions(sandbox, 24)
    first = sandbox.run("env", SHORT, *LIMITED).stdout
    sandbox.aws.faults.next("hang", None)
    sleep_past(int(first.partition("SHELLVAULT_REFRESH_AT='")[2].partition("'")[0]))
    done = sandbox.run("env", SHORT, *LIMITED)
    assert (done.returncode, done.stdout) == (0, first)


def test_who_may_ask_has_all_the_time(sandbox: Sandbox) -> None:
    """The limit is for those whom nobody waits for: a person looking for a device is not cut off."""
    with_role(sandbox)
    sandbox.aws.faults.latency = 2
    done = sandbox.run("env", "reader", "--shell", "bash", SHELLVAULT_TIMEOUT="1s")
    assert done.returncode == 0, done.stderr


def test_a_limit_that_is_none_is_refused(sandbox: Sandbox) -> None:
    """Before anybody is asked for anything."""
    with_role(sandbox)
    done = sandbox.run("env", "reader", "--shell", "bash", "--no-input", SHELLVAULT_TIMEOUT="soon")
    assert (done.returncode, done.stdout) == (2, "false\n")
    assert "error: SHELLVAULT_TIMEOUT: 'soon' is not a length of time\n" in done.stderr
    assert sandbox.aws.world.calls == []
