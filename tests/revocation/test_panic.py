"""`panic`: after it, nothing that this machine has or had is accepted by AWS, and a second run says so."""

from __future__ import annotations

import json
import signal
import time
from contextlib import suppress
from typing import TYPE_CHECKING

import pytest
from botocore.exceptions import ClientError

from tests.aws.client import make_sts_client
from tests.aws.server import wait_for_calls
from tests.broker.background_command import BackgroundCommand
from tests.revocation.team import DENIED, Program

if TYPE_CHECKING:
    from typing import Any

    from tests.aws.identities import AccessKey
    from tests.revocation.team import Team

PANIC = ("panic", "--yes")


def is_dead(team: Team, key: AccessKey) -> bool:
    """Return whether AWS no longer accepts a key pair."""
    try:
        make_sts_client(team.sandbox.aws, key).get_caller_identity()
    except ClientError as error:
        response: Any = error.response
        return bool(response["Error"]["Code"] == "InvalidClientTokenId")
    return False


def test_everything_is_taken_back(team: Team) -> None:
    """Sessions of every role and of the user, the key itself, and what is cached here."""
    programs = [team.program(profile) for profile in ("prod", "over", "far", "base")]
    assert [each.works() for each in programs] == [True] * 4
    done = team.run(*PANIC)
    assert done.returncode == 0, done.stdout + done.stderr
    assert [each.works() for each in programs] == [False] * 4
    assert (team.is_active(), is_dead(team, team.key)) == (False, True)
    assert team.run("list", "--sessions").stdout == ""
    assert "locked" in team.run("status", SHELLVAULT_PASSPHRASE_FILE="").stdout


def test_later_commands_say_why_the_key_is_refused(team: Team) -> None:
    """AWS itself only says that it does not know the key."""
    team.run(*PANIC)
    done = team.run("env", "base", "--shell", "bash")
    assert (done.returncode, done.stdout) == (7, "false\n")
    assert "error: AWS refuses this access key, because shellvault panic deactivated it\n" in done.stderr
    assert "hint: shellvault add stores a new one" in done.stderr


def test_the_report_names_each_step(team: Team) -> None:
    """What was done, in order: a role over another one comes first, then the user, and the key last."""
    done = team.run(*PANIC)
    arns = {"ops": team.ops.arn, "deploy": team.deploy.arn, "far": team.far.arn}
    roles = [
        f"  role {name} in {arn.split(':')[4]}: sessions issued before {team.moment(arn)} are denied everything"
        for name, arn in arns.items()
    ]
    end = team.key.id[-4:]
    assert done.stdout.splitlines() == [
        "Done:",
        *roles,
        f"  user alice in 111122223333: sessions issued before {team.moment(team.alice.arn)} are denied everything",
        f"  access key …{end} of 'base': deactivated",
        "  this machine: no session or sign-in is cached",
        "  this machine: the sealed vault is locked",
        "  this machine: no agent is running, and nothing is served or lent any more",
    ]


def test_older_sessions_are_denied_before_the_key_is_deactivated(team: Team) -> None:
    """It has to sign that."""
    team.run(*PANIC)
    changes = [call[0] for call in team.calls("PutRolePolicy", "PutUserPolicy", "UpdateAccessKey")]
    assert changes == ["PutRolePolicy"] * 3 + ["PutUserPolicy", "UpdateAccessKey"]
    assert all(call[2] == "ok" for call in team.calls("PutRolePolicy", "PutUserPolicy", "UpdateAccessKey"))


def test_sessions_that_a_thief_obtains_meanwhile_are_dead_too(team: Team) -> None:
    """Whoever has the key goes on obtaining sessions until it is deactivated: each is denied everything."""
    thief, stolen = make_sts_client(team.sandbox.aws, team.key), []
    team.sandbox.aws.faults.latency = 0.03
    running = BackgroundCommand(team.sandbox, *PANIC)
    with suppress(ClientError):
        while True:
            role = thief.assume_role(RoleArn=team.deploy.arn, RoleSessionName="thief")
            stolen += [each["Credentials"] for each in (role, thief.get_session_token())]
    assert running.wait().status == 0
    team.sandbox.aws.faults.latency = 0
    assert len(stolen) > 10
    assert [Program(team, each).works() for each in stolen] == [False] * len(stolen)
    team.world.clock_skew = 60
    assert [Program(team, each).works() for each in stolen] == [False] * len(stolen)


def test_a_second_run_finds_that_all_is_done(team: Team) -> None:
    """Though the key cannot sign any more: the first run has left a record of what it did. Status 0."""
    first = team.run(*PANIC)
    before = len(team.calls())
    second = team.run(*PANIC)
    assert (first.returncode, second.returncode) == (0, 0)
    assert team.calls()[before:] == [("GetCallerIdentity", "", "InvalidClientTokenId")]
    end = team.key.id[-4:]
    lines = [line for line in first.stdout.splitlines() if "denied everything" in line]
    found = second.stdout.splitlines()
    assert [line for line in lines if line not in found] == []
    assert f"  access key …{end} of 'base': AWS no longer accepts it" in found


def test_an_active_key_is_dealt_with_again(team: Team) -> None:
    """Somebody has activated it since: what the record says is not enough."""
    team.run(*PANIC)
    first = team.moment(team.deploy.arn)
    credential = team.world.credential(team.key.id)
    assert credential is not None
    team.world.keys.add(credential.replace(active=True))
    team.world.clock_skew = 100
    between = team.program("prod")
    assert between.works()
    assert team.run(*PANIC).returncode == 0
    assert (team.is_active(), between.works(), team.moment(team.deploy.arn) > first) == (False, False, True)


def test_a_key_that_was_inactive_before_the_first_run(team: Team) -> None:
    """It may be of another partition, and nobody knows what became of its sessions: the console's pages are named."""
    credential = team.world.credential(team.key.id)
    assert credential is not None
    team.world.keys.add(credential.replace(active=False))
    done = team.run(*PANIC)
    assert done.returncode == 7
    refused = done.stdout.partition("Not done:\n")[2]
    assert f"  access key …{team.key.id[-4:]} of 'base': deactivation: AWS rejects this key" in refused
    assert "AWS no longer accepts it" not in done.stdout
    for name in ("deploy", "ops", "far"):
        assert f"#/roles/details/{name}?section=revoke_sessions" in done.stdout
    assert "in the IAM console, add an inline policy to the user with this key" in done.stdout


def test_cached_sessions_of_a_dead_key_still_deny(team: Team) -> None:
    """A role whose session is cached needs no key pair for it."""
    program = team.program("far")
    credential = team.world.credential(team.key.id)
    assert credential is not None
    team.world.keys.add(credential.replace(active=False))
    assert team.run(*PANIC).returncode == 7
    assert (program.works(), bool(team.policy(team.far.arn)), team.policy(team.ops.arn)) == (False, True, "")


def test_only_the_named_keys_and_the_roles_reached_from_them(team: Team) -> None:
    """By the name of a key pair, or of a profile above it. Others go on working."""
    bob = team.world.user("bob")
    other = bob.access_key()
    team.sandbox.add("other", other)
    team.add_profile("his", team.world.role("his").arn, "other")
    before = team.program("his")
    done = team.run("panic", "over", "--yes")
    assert done.returncode == 0, done.stdout
    assert (team.is_active(), team.is_active(other), before.works()) == (False, True, True)
    assert "other" not in done.stdout
    done = team.run("panic", "--yes")
    assert done.returncode == 0, done.stdout
    assert (team.is_active(other), before.works()) == (False, False)


def test_one_key_under_two_names_and_two_keys_of_one_user(team: Team) -> None:
    """Each key is deactivated once, and each user's sessions are denied once."""
    second = team.alice.access_key()
    team.sandbox.add("again", team.key)
    team.sandbox.add("second", second)
    done = team.run(*PANIC)
    assert done.returncode == 0, done.stdout
    assert f"access key …{team.key.id[-4:]} of 'base', 'again': deactivated" in done.stdout
    assert (team.is_active(), team.is_active(second)) == (False, False)
    assert (len(team.calls("PutUserPolicy")), len(team.calls("UpdateAccessKey"))) == (1, 2)
    assert team.run(*PANIC).returncode == 0


def test_a_role_that_two_keys_reach_is_denied_once(team: Team) -> None:
    """By whichever may do it."""
    bob = team.world.user("bob")
    team.sandbox.add("other", bob.access_key())
    team.add_profile("shared", team.deploy.arn, "other")
    team.alice.deny.add("AssumeRole")
    team.alice.deny.add("PutRolePolicy")
    done = team.run(*PANIC)
    assert f"role deploy in 111122223333: sessions issued before {team.moment(team.deploy.arn)} are" in done.stdout
    assert [call[1:] for call in team.calls("PutRolePolicy") if call[1] == "deploy"] == [("deploy", "ok")]


def test_a_role_without_a_profile_whose_session_is_cached(team: Team) -> None:
    """Only the cache knows of it."""
    adhoc = team.world.role("adhoc")
    before = team.program("prod", "--role-arn", adhoc.arn)
    assert team.run(*PANIC).returncode == 0
    assert (before.works(), bool(team.policy(adhoc.arn))) == (False, True)


def test_the_key_of_an_unfinished_rotation_is_deactivated(team: Team) -> None:
    """It is in the vault, too, and AWS accepts it."""
    team.sandbox.aws.faults.next("drop", None, "DeleteAccessKey")
    assert team.run("rotate", "base").returncode == 8
    team.sandbox.aws.faults.clear()
    done = team.run(*PANIC)
    assert done.returncode == 0, done.stdout
    assert "a key of its unfinished rotation: deactivated" in done.stdout
    assert [key.active for key in team.world.keys.list_for_user(team.alice.principal)] == [False, False]
    assert team.run(*PANIC).returncode == 0


def test_dry_run_calls_nothing_and_changes_nothing(team: Team) -> None:
    """It lists the steps in order; no question is asked."""
    team.program("prod")
    before = len(team.calls())
    done = team.run("panic", "--dry-run")
    assert done.returncode == 0, done.stderr
    end = team.key.id[-4:]
    assert done.stdout.splitlines() == [
        "Nothing was done. shellvault panic would, in this order:",
        "  1. deny everything to older sessions of role ops in 111122223333 ('over')",
        "  2. deny everything to older sessions of role deploy in 111122223333 ('prod')",
        "  3. deny everything to older sessions of role far in 444455556666 ('far')",
        f"  4. deny everything to older sessions of the user with access key …{end} of 'base'",
        f"  5. deactivate access key …{end} of 'base'",
        "  6. here: forget all sessions and sign-ins, lock the sealed vault, stop the agent and what is served or lent",
    ]
    assert (len(team.calls()), team.is_active()) == (before, True)
    assert "prod" in team.run("list", "--sessions").stdout
    assert not (team.sandbox.vault / "panic").exists()


def test_dry_run_opens_no_vault(team: Team) -> None:
    """It works while the vault is locked, and asks nobody."""
    team.run("lock")
    done = team.run("panic", "--dry-run", SHELLVAULT_PASSPHRASE_FILE="")
    assert (done.returncode, done.stderr) == (0, "")


def test_the_log_says_what_was_taken_back(team: Team) -> None:
    """It names the profile, account, role and key id; neither it nor the record for a second run holds a secret."""
    program = team.program("prod")
    team.run(*PANIC)
    text = (team.sandbox.vault / "log").read_text()
    lines = [json.loads(line) for line in text.splitlines()]
    found = [
        [line[name] for name in ("profile", "account", "role", "key_id")]
        for line in lines
        if line["event"] == "revoked"
    ]
    assert found == [
        ["over", "111122223333", "ops", None],
        ["prod", "111122223333", "deploy", program.key_id],
        ["far", "444455556666", "far", None],
        ["base", "111122223333", None, None],
        ["base", "111122223333", None, team.key.id],
    ]
    record = team.sandbox.vault / "panic"
    assert record.stat().st_mode & 0o777 == 0o600
    assert [secret for secret in team.world.secrets() if secret in text + record.read_text()] == []


def test_a_home_without_key_pairs(team: Team) -> None:
    """What is left to do here is done."""
    team.run("remove", "base", "--force")
    done = team.run(*PANIC)
    assert done.returncode == 0, done.stderr
    assert (team.calls(), "this machine: the sealed vault is locked" in done.stdout) == ([], True)


@pytest.mark.parametrize("at", [0.05 * step for step in range(1, 10, 2)])
def test_a_run_that_is_killed_is_finished_by_a_second_one(team: Team, at: float) -> None:
    """Whenever it is killed: afterwards all is done, and the second run's status is 0."""
    programs = [team.program(profile) for profile in ("prod", "over", "far", "base")]
    team.sandbox.aws.faults.latency = 0.03
    running = BackgroundCommand(team.sandbox, *PANIC)
    assert wait_for_calls(team.world, "GetCallerIdentity", 1)
    time.sleep(at)
    running.send_signal(signal.SIGKILL)
    running.wait()
    team.sandbox.aws.faults.latency = 0
    done = team.run(*PANIC)
    assert done.returncode == 0, done.stdout + done.stderr
    assert [each.works() for each in programs] == [False] * 4
    assert (team.is_active(), DENIED) == (False, "AccessDeniedException")


@pytest.mark.parametrize("action", ["PutRolePolicy", "PutUserPolicy", "UpdateAccessKey"])
def test_a_run_that_is_killed_before_it_hears_what_aws_has_done(team: Team, action: str) -> None:
    """The second one can sign as little as the first one's denial leaves it, and finishes all the same.

    If only the answer to the deactivation is missing, it may have been somebody else's: unless the second run comes
    before the moments of the denials, it says that sessions may have been obtained after these.
    """
    config = team.sandbox.config.read_text()
    team.sandbox.config.write_text(config[: config.index("[profile prod]")] + config[config.index("[profile far]") :])
    programs = [team.program(profile) for profile in ("far", "base")]
    team.run("clear")
    team.sandbox.aws.faults.next("swallow", action=action)
    running = BackgroundCommand(team.sandbox, *PANIC)
    assert wait_for_calls(team.world, action, 1)
    running.send_signal(signal.SIGKILL)
    running.wait()
    done = team.run(*PANIC)
    is_unsure = action == "UpdateAccessKey" and "while others could be obtained" in done.stdout
    assert done.returncode == (7 if is_unsure else 0), done.stdout + done.stderr
    assert [each.works() for each in programs] == [False, False]
    assert not team.is_active()
