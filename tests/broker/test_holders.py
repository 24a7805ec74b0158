"""What becomes of those who wait when the one who refreshes is killed, cancelled or refused."""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING

import pytest

from tests.aws.server import wait_for
from tests.broker.running import Running, distinct, lock_files, waiting

if TYPE_CHECKING:
    from tests.broker.conftest import Person
    from tests.broker.running import Outcome

READER = ("env", "reader", "--shell", "bash")
ADMIN = ("env", "admin", "--shell", "bash")
OTHERS = 4


def test_a_killed_holder_leaves_its_turn_to_one_of_the_others(person: Person) -> None:
    """SIGKILL while AWS hangs: one of those who wait asks AWS, and all of them get its session."""
    aws = person.sandbox.aws
    aws.faults.next("hang")
    holder = Running(person.sandbox, *READER)
    assert wait_for(aws.world, "AssumeRole", 1)
    others = waiting(person.sandbox, OTHERS, *READER)
    holder.kill(signal.SIGKILL)
    outcomes = [other.outcome() for other in others]
    assert (holder.outcome().status, [outcome.status for outcome in outcomes]) == (-signal.SIGKILL, [0] * OTHERS)
    assert (distinct(outcome.out for outcome in outcomes), aws.world.count("AssumeRole", "ok")) == (1, 1)
    assert aws.world.count("AssumeRole") == 2
    assert lock_files(person.sandbox) == []


def test_a_cancelled_holder_cancels_those_who_wait(person: Person) -> None:
    """Ctrl-C while AWS hangs: nobody who waited asks AWS again; a command started afterwards does, and succeeds."""
    aws = person.sandbox.aws
    aws.faults.next("hang")
    holder = Running(person.sandbox, *READER)
    assert wait_for(aws.world, "AssumeRole", 1)
    others = waiting(person.sandbox, OTHERS, *READER)
    holder.kill(signal.SIGINT)
    assert _end(holder.outcome()) == (130, "false\n")
    assert [_end(other.outcome()) for other in others] == [(6, "false\n")] * OTHERS
    assert (aws.world.count("AssumeRole"), lock_files(person.sandbox)) == (1, [])
    assert person.sandbox.run(*READER).returncode == 0
    assert aws.world.count("AssumeRole") == 2


@pytest.mark.parametrize(("code", "fault", "status"), [("000000", "", 6), ("nonsense", "", 6), ("", "throttle", 8)])
def test_a_failed_refresh_is_not_repeated_by_those_who_wait(person: Person, code: str, fault: str, status: int) -> None:
    """A wrong code, no code at all and throttling: one question and one call at most, the same error for all."""
    world = person.sandbox.aws.world
    holder = Running(person.sandbox, *ADMIN)
    person.questions.wait()
    others = waiting(person.sandbox, OTHERS, *ADMIN)
    if fault:
        person.sandbox.aws.faults.next(fault)
    person.questions.give(code or person.device.next_code())
    outcomes = [holder.outcome(), *(other.outcome() for other in others)]
    assert [_end(outcome) for outcome in outcomes] == [(status, "false\n")] * (1 + OTHERS)
    assert distinct(outcome.err.splitlines()[-2] for outcome in outcomes) == 1
    asked_of_aws = 0 if code == "nonsense" else 1
    assert (person.questions.asked, world.count("GetSessionToken"), world.count("AssumeRole")) == (1, asked_of_aws, 0)
    assert lock_files(person.sandbox) == []


def test_a_command_started_after_a_failure_begins_afresh(person: Person) -> None:
    """Nobody waited, so the failure is nobody else's: the next command asks and calls."""
    person.questions.give("000000")
    assert person.sandbox.run(*ADMIN).returncode == 6
    person.questions.give(person.device.next_code())
    assert person.sandbox.run(*ADMIN).returncode == 0
    assert (person.questions.asked, person.sandbox.aws.world.count("GetSessionToken")) == (2, 2)


def test_those_who_wait_are_told_why(person: Person) -> None:
    """The error of the one who was cancelled names the other shell."""
    person.sandbox.aws.faults.next("hang")
    holder = Running(person.sandbox, *READER)
    assert wait_for(person.sandbox.aws.world, "AssumeRole", 1)
    (other,) = waiting(person.sandbox, 1, *READER)
    holder.kill(signal.SIGINT)
    assert "error: the refresh was cancelled in another shell\n" in other.outcome().err
    holder.outcome()


def _end(outcome: Outcome) -> tuple[int, str]:
    """Return the status and what stdout holds where it failed, so that an assertion shows no secret."""
    return outcome.status, outcome.out if outcome.status else "…"
