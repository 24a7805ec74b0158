"""Waiting for the refresh lock: what waiters do when its holder is killed, cancelled or refused."""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING

import pytest

from tests.aws.server import wait_for_calls
from tests.broker.background_command import BackgroundCommand, count_distinct, list_lock_files, start_waiters

if TYPE_CHECKING:
    from tests.broker.background_command import CommandOutcome
    from tests.broker.conftest import MfaUser

READER = ("env", "reader", "--shell", "bash")
ADMIN = ("env", "admin", "--shell", "bash")
WAITERS = 4


def test_waiter_takes_over_from_a_killed_lock_holder(user: MfaUser) -> None:
    """After SIGKILL during a hanging call, one waiter calls AWS and all of them get its session."""
    aws = user.sandbox.aws
    aws.faults.next("hang")
    holder = BackgroundCommand(user.sandbox, *READER)
    assert wait_for_calls(aws.world, "AssumeRole", 1)
    waiters = start_waiters(user.sandbox, WAITERS, *READER)
    holder.send_signal(signal.SIGKILL)
    outcomes = [waiter.wait() for waiter in waiters]
    assert (holder.wait().status, [outcome.status for outcome in outcomes]) == (-signal.SIGKILL, [0] * WAITERS)
    assert (count_distinct(outcome.out for outcome in outcomes), aws.world.count("AssumeRole", "ok")) == (1, 1)
    assert aws.world.count("AssumeRole") == 2
    assert list_lock_files(user.sandbox) == []


def test_a_stopped_lock_holder_is_named_and_bypassed(user: MfaUser) -> None:
    """After SIGSTOP or Ctrl-Z, the other shells get a session with one call. Once resumed, the holder ends too."""
    aws = user.sandbox.aws
    aws.faults.next("hang")
    holder = BackgroundCommand(user.sandbox, *READER)
    assert wait_for_calls(aws.world, "AssumeRole", 1)
    holder.send_signal(signal.SIGSTOP)
    waiters = [BackgroundCommand(user.sandbox, *READER) for _ in range(WAITERS)]
    outcomes = [waiter.wait() for waiter in waiters]
    assert [outcome.status for outcome in outcomes] == [0] * WAITERS
    assert (count_distinct(outcome.out for outcome in outcomes), aws.world.count("AssumeRole", "ok")) == (1, 1)
    named = f"process {holder.process.pid} is getting this session and does not answer; going on without it"
    assert all(named in outcome.err for outcome in outcomes)
    holder.send_signal(signal.SIGCONT)
    holder.send_signal(signal.SIGTERM)
    holder.wait()
    assert list_lock_files(user.sandbox) == []


def test_cancelling_the_lock_holder_cancels_the_waiters(user: MfaUser) -> None:
    """After Ctrl-C during a hanging call, no waiter calls AWS; a command started afterwards does, and succeeds."""
    aws = user.sandbox.aws
    aws.faults.next("hang")
    holder = BackgroundCommand(user.sandbox, *READER)
    assert wait_for_calls(aws.world, "AssumeRole", 1)
    waiters = start_waiters(user.sandbox, WAITERS, *READER)
    holder.send_signal(signal.SIGINT)
    assert _summarize(holder.wait()) == (130, "false\n")
    assert [_summarize(waiter.wait()) for waiter in waiters] == [(6, "false\n")] * WAITERS
    assert (aws.world.count("AssumeRole"), list_lock_files(user.sandbox)) == (1, [])
    assert user.sandbox.run(*READER).returncode == 0
    assert aws.world.count("AssumeRole") == 2


@pytest.mark.parametrize(("code", "fault", "status"), [("000000", "", 6), ("nonsense", "", 6), ("", "throttle", 8)])
def test_waiters_do_not_repeat_a_failed_refresh(user: MfaUser, code: str, fault: str, status: int) -> None:
    """Wrong code, malformed code, throttling: one prompt, at most one call, and the same error for all."""
    world = user.sandbox.aws.world
    holder = BackgroundCommand(user.sandbox, *ADMIN)
    user.prompter.wait()
    waiters = start_waiters(user.sandbox, WAITERS, *ADMIN)
    if fault:
        user.sandbox.aws.faults.next(fault)
    user.prompter.answer(code or user.device.next_code())
    outcomes = [holder.wait(), *(waiter.wait() for waiter in waiters)]
    assert [_summarize(outcome) for outcome in outcomes] == [(status, "false\n")] * (1 + WAITERS)
    assert count_distinct(outcome.err.splitlines()[-2] for outcome in outcomes) == 1
    aws_calls = 0 if code == "nonsense" else 1
    assert (user.prompter.prompt_count, world.count("GetSessionToken"), world.count("AssumeRole")) == (1, aws_calls, 0)
    assert list_lock_files(user.sandbox) == []


def test_command_after_a_failure_starts_over(user: MfaUser) -> None:
    """With no one waiting, the failure is not handed on: the next command prompts and calls again."""
    user.prompter.answer("000000")
    assert user.sandbox.run(*ADMIN).returncode == 6
    user.prompter.answer(user.device.next_code())
    assert user.sandbox.run(*ADMIN).returncode == 0
    assert (user.prompter.prompt_count, user.sandbox.aws.world.count("GetSessionToken")) == (2, 2)


def test_waiters_report_why_the_lock_holder_failed(user: MfaUser) -> None:
    """When the holder is cancelled, each waiter's error names the other shell."""
    user.sandbox.aws.faults.next("hang")
    holder = BackgroundCommand(user.sandbox, *READER)
    assert wait_for_calls(user.sandbox.aws.world, "AssumeRole", 1)
    (waiter,) = start_waiters(user.sandbox, 1, *READER)
    holder.send_signal(signal.SIGINT)
    assert "error: the refresh was cancelled in another shell\n" in waiter.wait().err
    holder.wait()


def _summarize(outcome: CommandOutcome) -> tuple[int, str]:
    """Return the status, and stdout only on failure, so that an assertion shows no secret."""
    return outcome.status, outcome.out if outcome.status else "…"
