"""`panic` over a slow network: a thief who has the key obtains sessions all the time, and AWS answers late."""

from __future__ import annotations

import json
import threading
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from tests.aws.client import make_sts_client
from tests.aws.server import wait_for_calls
from tests.broker.background_command import BackgroundCommand, run_concurrently
from tests.revocation.team import Program

if TYPE_CHECKING:
    from tests.revocation.team import Team

PANIC = ("panic", "--yes")


def steal(team: Team, stolen: list[dict[str, Any]]) -> None:
    """Obtain sessions of a role and of the user until the key is deactivated."""
    thief = make_sts_client(team.sandbox.aws, team.key)
    with suppress(ClientError):
        while True:
            role = thief.assume_role(RoleArn=team.ops.arn, RoleSessionName="thief")
            stolen += [each["Credentials"] for each in (role, thief.get_session_token())]


def test_sessions_that_a_thief_obtains_while_aws_is_slow_are_dead(team: Team) -> None:
    """The moments are further ahead the slower AWS answers, and all is done."""
    stolen: list[dict[str, Any]] = []
    team.sandbox.aws.faults.latency = 0.6
    thief = threading.Thread(target=steal, args=(team, stolen))
    thief.start()
    done = team.run(*PANIC)
    thief.join()
    team.sandbox.aws.faults.latency = 0
    assert done.returncode == 0, done.stdout
    team.world.clock_skew = 120
    assert stolen
    assert [Program(team, each).works() for each in stolen] == [False] * len(stolen)


def test_the_record_is_not_believed_while_the_key_signs(team: Team) -> None:
    """Whoever wrote to it cannot keep sessions alive, nor delay the run by moments that no run has chosen."""
    program = team.program("prod")
    team.run("clear")
    key = "aws:111122223333:role/deploy"
    moment, ages = "2100-01-01T00:00:00Z", 2**33
    (team.sandbox.vault / "panic").write_text(json.dumps({"denied": {key: moment}, "intended": {key: ages}}))
    started = time.monotonic()
    done = team.run(*PANIC)
    assert (done.returncode, program.works(), moment in done.stdout) == (0, False, False)
    assert time.monotonic() - started < 20


def test_a_call_that_hangs_is_given_up_soon(team: Team) -> None:
    """The key is deactivated within seconds, and what was not done is named."""
    team.sandbox.aws.faults.next("hang", 2, action="PutRolePolicy")
    started = time.monotonic()
    running = BackgroundCommand(team.sandbox, *PANIC)
    assert wait_for_calls(team.world, "UpdateAccessKey", 1, within=30)
    assert time.monotonic() - started < 30
    ended = running.wait()
    assert team.moment(team.ops.arn)
    assert (ended.status, team.is_active(), team.calls("PutRolePolicy")[-1][2]) == (0, False, "ok"), ended.out


@pytest.mark.parametrize("name", ["SHELLVAULT_TIMEOUT", "SHELLVAULT_LOCK_AFTER"])
def test_a_limit_that_cannot_be_read_stops_nothing(team: Team, name: str) -> None:
    """The default counts, and the user is told."""
    done = team.run(*PANIC, **{name: "abc"})
    assert (done.returncode, team.is_active()) == (0, False), done.stderr
    assert f"{name}: 'abc' is not a duration; going on without it" in done.stderr


def test_two_runs_at_once(team: Team) -> None:
    """The second one waits, and finds that all is done."""
    team.sandbox.aws.faults.latency = 0.2
    outcomes = run_concurrently(team.sandbox, 2, *PANIC)
    assert [each.status for each in outcomes] == [0, 0], outcomes
    assert len(team.calls("UpdateAccessKey")) == 1
