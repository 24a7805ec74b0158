"""`env --no-input --timeout`: a hanging AWS blocks no one past the limit, and a valid session stays usable."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from tests.commands.role_profiles import add_role
from tests.hook.live_shell import SHORT, add_short_profile, sleep_past

if TYPE_CHECKING:
    from tests.sandbox import Sandbox

LIMITED = ("--shell", "bash", "--no-input", "--timeout", "2s")


def test_hanging_aws_call_times_out(sandbox: Sandbox) -> None:
    """Status 8, `false` on stdout, and the refresh lock is released."""
    add_role(sandbox)
    sandbox.aws.faults.next("hang", None)
    start = time.monotonic()
    done = sandbox.run("env", "reader", *LIMITED)
    assert time.monotonic() - start < 10
    assert (done.returncode, done.stdout) == (8, "false\n")
    assert "error: no new session within 2s\n" in done.stderr
    sandbox.aws.faults.clear()
    assert sandbox.run("env", "reader", *LIMITED).returncode == 0


def test_valid_session_is_served_after_a_timeout(sandbox: Sandbox) -> None:
    """Inside the refresh margin the old session is served if AWS does not deliver a new one in time."""
    add_short_profile(sandbox, 24)
    first = sandbox.run("env", SHORT, *LIMITED).stdout
    sandbox.aws.faults.next("hang", None)
    sleep_past(int(first.partition("SHELLVAULT_REFRESH_AT='")[2].partition("'")[0]))
    done = sandbox.run("env", SHORT, *LIMITED)
    assert (done.returncode, done.stdout) == (0, first)


def test_timeout_does_not_apply_when_prompting_is_allowed(sandbox: Sandbox) -> None:
    """It is meant for unattended commands; a user looking for an MFA device is not cut off."""
    add_role(sandbox)
    sandbox.aws.faults.latency = 2
    done = sandbox.run("env", "reader", "--shell", "bash", SHELLVAULT_TIMEOUT="1s")
    assert done.returncode == 0, done.stderr


def test_invalid_timeout_is_refused(sandbox: Sandbox) -> None:
    """Before any prompt or call."""
    add_role(sandbox)
    done = sandbox.run("env", "reader", "--shell", "bash", "--no-input", SHELLVAULT_TIMEOUT="soon")
    assert (done.returncode, done.stdout) == (2, "false\n")
    assert "error: --timeout or SHELLVAULT_TIMEOUT: 'soon' is not a duration\n" in done.stderr
    assert sandbox.aws.world.calls == []
