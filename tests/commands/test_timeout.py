"""`--timeout` and SHELLVAULT_TIMEOUT: a hanging AWS blocks nobody past the limit, and valid sessions stay usable."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from tests.broker.cached_sessions import make_due
from tests.commands.role_profiles import add_mfa_role, add_role
from tests.commands.terminal import open_terminal
from tests.hook.live_shell import SHORT, add_short_profile, sleep_past
from tests.sandbox import SHELLVAULT

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


@pytest.mark.parametrize("fault", ["hang", "drip"])
def test_an_unresponsive_aws_ends_any_command_in_time(sandbox: Sandbox, fault: str) -> None:
    """Dripping single bytes does not count as an answer. The limit covers the whole call, with its retries."""
    add_role(sandbox)
    sandbox.aws.faults.next(fault, None)
    for words in (("env", "reader", "--shell", "bash"), ("exec", "reader", "--", "true"), ("export", "reader")):
        start = time.monotonic()
        done = sandbox.run(*words, SHELLVAULT_TIMEOUT="2s")
        assert 1.9 < time.monotonic() - start < 15
        assert (done.returncode, done.stdout) == (8, "false\n" if words[0] == "env" else "")
        assert f"error: {sandbox.aws.url} did not answer within 2 s\n" in done.stderr
        assert "waiting for" not in done.stderr, "nobody is watching"


def test_two_due_sessions_wait_for_aws_only_once(sandbox: Sandbox) -> None:
    """After the MFA session's call has timed out, the role's call does not wait again."""
    device = add_mfa_role(sandbox)
    assert sandbox.run("env", "guarded", "--shell", "bash", "-t", device.next_code()).returncode == 0
    make_due(sandbox)
    sandbox.aws.faults.next("hang", None)
    start = time.monotonic()
    limited = {"SHELLVAULT_TIMEOUT": "8s", "SHELLVAULT_MFA_TOKEN": "123456"}
    done = sandbox.run("env", "guarded", "--shell", "bash", **limited)
    assert time.monotonic() - start < 15
    assert done.returncode == 0, done.stderr
    assert done.stderr.count("using the session that is still valid") == 2


def test_time_spent_by_a_person_does_not_count(sandbox: Sandbox) -> None:
    """The limit applies to AWS only: it can take a while to find an MFA device."""
    device = add_mfa_role(sandbox)
    with open_terminal(sandbox, [SHELLVAULT, "exec", "guarded", "--", "true"], SHELLVAULT_TIMEOUT="1s") as terminal:
        terminal.expect("MFA code for base")
        time.sleep(2)
        terminal.type(device.next_code())
        assert terminal.wait_for_exit() == 0


def test_slow_answers_are_not_added_up(sandbox: Sandbox) -> None:
    """The limit is for an AWS that does not answer, so it starts again with each call."""
    device = add_mfa_role(sandbox)
    sandbox.aws.faults.latency = 2.2
    words = ("exec", "guarded", "--mfa-token", device.next_code(), "--", "true")
    assert sandbox.run(*words, SHELLVAULT_TIMEOUT="4s").returncode == 0
    assert sandbox.aws.world.count("GetSessionToken") == sandbox.aws.world.count("AssumeRole") == 1


def test_a_terminal_shows_what_is_being_waited_for(sandbox: Sandbox) -> None:
    """Once, after a second."""
    add_role(sandbox)
    sandbox.aws.faults.latency = 1.5
    with open_terminal(sandbox, [SHELLVAULT, "exec", "reader", "--", "true"]) as terminal:
        assert terminal.wait_for_exit() == 0
        assert terminal.output.count(f"shellvault: waiting for {sandbox.aws.url.removeprefix('http://')}\r\n") == 1


def test_ctrl_c_ends_the_wait_at_once(sandbox: Sandbox) -> None:
    """It exits with status 130, and releases the refresh lock."""
    add_role(sandbox)
    sandbox.aws.faults.next("hang", None)
    with open_terminal(sandbox, [SHELLVAULT, "exec", "reader", "--", "true"]) as terminal:
        terminal.expect("waiting for")
        start = time.monotonic()
        terminal.interrupt()
        assert terminal.wait_for_exit() == 130
        assert time.monotonic() - start < 5
    sandbox.aws.faults.clear()
    assert sandbox.run("exec", "reader", "--", "true").returncode == 0


def test_invalid_timeout_is_refused(sandbox: Sandbox) -> None:
    """Before any prompt or call."""
    add_role(sandbox)
    done = sandbox.run("env", "reader", "--shell", "bash", "--no-input", SHELLVAULT_TIMEOUT="soon")
    assert (done.returncode, done.stdout) == (2, "false\n")
    assert "error: SHELLVAULT_TIMEOUT: 'soon' is not a duration\n" in done.stderr
    assert sandbox.aws.world.calls == []
