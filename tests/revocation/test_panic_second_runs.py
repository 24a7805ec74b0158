"""A second `panic` believes nothing that it cannot know: not what AWS refused, nor what has changed since."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from shellvault.core.chain.links import StoredKey
from shellvault.core.chain.resolve import ResolvedChain
from shellvault.core.model import Profile
from shellvault.core.revocation.deny_policy import format_moment
from shellvault.core.revocation.late_denials import Known, LateDenials
from shellvault.core.revocation.panic_plan import PanicPlan, PlannedKey, PlannedRole
from shellvault.core.revocation.panic_steps import Outcome
from shellvault.core.revocation.principals import ROLE, USER, Principal
from shellvault.storage.panic_file import PanicFile
from tests.aws.client import make_sts_client
from tests.aws.identities import Credential
from tests.revocation.team import Program

if TYPE_CHECKING:
    from pathlib import Path

    from tests.revocation.team import Team

PANIC = ("panic", "--yes")
NOW = int(time.time())
BARE = ResolvedChain(Profile("base", ("base",), {}), ("base",), StoredKey("base", "print"), ())
WHO = ((USER, ""), (ROLE, "-low"), (ROLE, "-high"))


def steal(team: Team) -> list[Program]:
    """Return programs with sessions that a thief obtains with the key: the user's, and a role's."""
    thief = make_sts_client(team.sandbox.aws, team.key)
    role = thief.assume_role(RoleArn=team.ops.arn, RoleSessionName="thief")
    return [Program(team, each["Credentials"]) for each in (role, thief.get_session_token())]


def set_active(team: Team, *, is_active: bool) -> None:
    """Do what an administrator does in the console."""
    found = team.world.credential(team.key.id)
    assert isinstance(found, Credential)
    team.world.keys.add(found.replace(active=is_active))


def not_done(shown: str) -> str:
    """Return what is listed as not done."""
    return shown.partition("Not done:\n")[2]


def test_a_key_that_an_administrator_deactivates_later_is_not_counted_as_done(team: Team) -> None:
    """Nobody knows how long it was active: a thief's sessions since the first run are valid."""
    team.alice.deny.add("UpdateAccessKey")
    assert team.run(*PANIC).returncode == 7
    team.world.clock_skew = 60
    stolen = steal(team)
    set_active(team, is_active=False)
    done = team.run(*PANIC)
    assert (done.returncode, [each.works() for each in stolen]) == (7, [True, True])
    for whose in ("role ops in 111122223333", "user alice in 111122223333"):
        assert f"  {whose}: sessions issued after " in not_done(done.stdout)


def test_a_deactivation_that_aws_never_heard_of_is_not_counted_as_done(team: Team) -> None:
    """The first run could not reach AWS for it; an administrator did it a minute later."""
    team.sandbox.aws.faults.next("drop", 6, action="UpdateAccessKey")
    assert team.run(*PANIC).returncode == 8
    team.sandbox.aws.faults.clear()
    team.world.clock_skew = 60
    stolen = steal(team)
    set_active(team, is_active=False)
    done = team.run(*PANIC)
    assert (done.returncode, [each.works() for each in stolen]) == (7, [True, True])
    assert "  user alice in 111122223333: sessions issued after " in not_done(done.stdout)


def test_a_role_that_was_refused_stays_open_when_its_profile_goes(team: Team) -> None:
    """The first run has forgotten its session."""
    team.deploy.deny.add("PutRolePolicy")
    team.alice.deny.add("PutRolePolicy")
    program = team.program("prod")
    assert team.run(*PANIC).returncode == 7
    text = team.sandbox.config.read_text()
    team.sandbox.config.write_text(text[: text.index("[profile prod]")])
    done = team.run(*PANIC)
    assert (done.returncode, program.works()) == (7, True)
    assert "  role deploy in 111122223333: " in not_done(done.stdout)


def test_a_role_stays_open_while_its_key_pair_is_active(team: Team) -> None:
    """It was denied, but newer sessions can be obtained, and nothing but the record tells of the role by then."""
    stray = team.world.role("stray")
    assert team.run("exec", "base", "--role-arn", stray.arn, "--json").returncode == 0
    team.alice.deny.add("UpdateAccessKey")
    assert team.run(*PANIC).returncode == 7
    team.world.clock_skew = 60
    thief = make_sts_client(team.sandbox.aws, team.key)
    stolen = Program(team, thief.assume_role(RoleArn=stray.arn, RoleSessionName="thief")["Credentials"])
    team.alice.deny.clear()
    done = team.run(*PANIC)
    assert (done.returncode, stolen.works()) == (0, False), done.stdout


def test_a_role_of_identity_center_without_a_profile_is_named(team: Team) -> None:
    """Only an administrator can end its sessions."""
    role = team.world.role("AWSReservedSSO_Admin_1")
    assert team.run("exec", "base", "--role-arn", role.arn, "--json").returncode == 0
    done = team.run(*PANIC)
    line = "  role 111122223333/AWSReservedSSO_Admin_1: it belongs to IAM Identity Center\n"
    assert (done.returncode, line in not_done(done.stdout)) == (7, True)


def test_a_role_over_another_key_pair_stays_open_after_a_panic_of_one_name(team: Team) -> None:
    """That one forgets every session here, and so what told of the role; the next one ends it."""
    team.sandbox.add("other", team.world.user("bob").access_key())
    program = team.program("other", "--role-arn", team.world.role("stray").arn)
    assert team.run("panic", "base", "--yes").returncode == 0
    done = team.run(*PANIC)
    assert (done.returncode, program.works()) == (0, False), done.stdout
    assert "role stray in 111122223333: sessions issued before" in done.stdout


@pytest.mark.parametrize(
    "text", ["[" * 100_000, '{"stopped": {"x": [1000000000000000000, 1]}}', "\0", "[]", '{"open": 1}']
)
def test_a_damaged_record_stops_nothing(team: Team, text: str) -> None:
    """It counts as empty."""
    (team.sandbox.vault / "panic").write_text(text)
    assert team.run("exec", "prod", "--json").returncode == 0
    assert (team.run(*PANIC).returncode, team.is_active()) == (0, False)


def test_a_key_that_was_used_again_is_no_longer_known_as_deactivated(team: Team) -> None:
    """Somebody activated it again; the sessions of that time are not denied."""
    assert team.run(*PANIC).returncode == 0
    set_active(team, is_active=True)
    team.world.clock_skew = 60
    assert team.run("exec", "prod", "--json").returncode == 0
    stolen = steal(team)
    set_active(team, is_active=False)
    done = team.run(*PANIC)
    assert (done.returncode, [each.works() for each in stolen]) == (7, [True, True])


def test_a_refused_denial_is_not_taken_for_one_that_is_in_force(team: Team) -> None:
    """A run with MFA that was interrupted after the refusal; the session that it left may read, but not write."""
    device = team.alice.mfa_device()
    team.alice.require_mfa_for_iam = True
    team.add_profile("secure", team.world.role("secure").arn, "base", f"mfa_serial = {device.serial}\n")
    team.alice.deny.add("PutUserPolicy")
    assert team.run("exec", "secure", "--json", "--mfa-token", device.next_code()).returncode == 0
    program = team.program_with(make_sts_client(team.sandbox.aws, team.key).get_session_token()["Credentials"])
    team.sandbox.aws.faults.next("hang", 1, action="PutUserPolicy")
    first = team.run(*PANIC, "--mfa-token", device.next_code(), SHELLVAULT_TIMEOUT="3s")
    assert (first.returncode, team.is_active()) == (7, False), first.stdout
    done = team.run(*PANIC)
    assert (done.returncode, program.works()) == (7, True)
    assert "  user alice in 111122223333: older sessions: " in not_done(done.stdout)


def test_a_role_without_a_profile_stays_open_until_it_is_denied(team: Team) -> None:
    """The first run forgets its session, and so the only thing that told of it."""
    stray = team.world.role("stray")
    done = team.run("exec", "base", "--role-arn", stray.arn, "--json")
    assert done.returncode == 0, done.stderr
    stray.deny.add("PutRolePolicy")
    team.alice.deny.add("PutRolePolicy")
    assert team.run(*PANIC).returncode == 7
    for _ in range(2):
        done = team.run(*PANIC)
        assert (done.returncode, "  role stray in 111122223333: " in not_done(done.stdout)) == (7, True)


def test_the_role_that_a_profile_had_before_is_denied_too(team: Team) -> None:
    """Its session is cached, and the log says which role it is of; a profile that is gone counts as well."""
    programs = [team.program(name) for name in ("prod", "far")]
    text = team.sandbox.config.read_text()
    text = text.replace(f"role_arn = {team.deploy.arn}", f"role_arn = {team.world.role('next').arn}")
    team.sandbox.config.write_text(text.replace("[profile far]", "[plugins]"))
    done = team.run(*PANIC)
    assert (done.returncode, [each.works() for each in programs]) == (0, [False, False]), done.stdout
    assert "role deploy in 111122223333: sessions issued before" in done.stdout


def test_a_session_of_a_profile_that_is_gone_and_not_in_the_log(team: Team) -> None:
    """Nobody knows its role, so it is named."""
    program = team.program("far")
    (team.sandbox.vault / "log").unlink()
    team.sandbox.config.write_text(team.sandbox.config.read_text().replace("[profile far]", "[plugins]"))
    done = team.run(*PANIC)
    assert (done.returncode, program.works()) == (7, True)
    assert "  a session of 'far': its profile is gone, and the log does not tell its role\n" in not_done(done.stdout)


def test_profiles_that_cannot_be_read_are_named_by_a_panic_of_one_name_too(team: Team) -> None:
    """One of them may lead to a role over that key pair."""
    team.add_profile("broken", team.world.role("broken").arn, "base", "mfa_serial = nonsense\n")
    done = team.run("panic", "base", "--yes")
    assert (done.returncode, "  profile 'broken': it was not looked at: " in not_done(done.stdout)) == (7, True)


def test_a_role_that_only_aws_may_change_is_named(team: Team) -> None:
    """IAM Identity Center made it."""
    team.add_profile("reserved", team.world.role("AWSReservedSSO_Admin_1").arn, "base")
    done = team.run(*PANIC)
    assert done.returncode == 7
    assert "  profile 'reserved': the role of 'reserved' belongs to IAM Identity Center" in not_done(done.stdout)


def test_a_vault_without_key_pairs_is_named(team: Team) -> None:
    """It may be the wrong one, so profiles over a key pair that is missing are left to the user."""
    team.run("remove", "base", "--force")
    done = team.run(*PANIC)
    left = done.stdout.partition("Left to you:\n")[2]
    assert done.returncode == 0
    assert "  no key pair is stored in this vault, so AWS was asked nothing; is it the right one?\n" in left
    assert "  'prod', 'over', 'far': end the sessions of its role in the IAM console" in left


def test_a_denial_is_late_if_anything_below_it_was_valid_after_its_moment(tmp_path: Path) -> None:
    """The lowest come first; after each is denied again, the next is looked at anew."""
    records, key = PanicFile(str(tmp_path), print), PlannedKey(StoredKey("base", "print"), ("base",), "…1", None, BARE)
    principals = [Principal(kind, kind + number, "111122223333", "aws") for kind, number in WHO]
    user, low, high = principals
    roles = [PlannedRole(each, (each.name,), (), BARE) for each in (high, low)]
    records.begin("print", user)
    records.confirm_stop("print", NOW + 2)
    for each, moment, at in zip(principals, (5, 9, 20), (4, 6, 7), strict=True):
        records.confirm(each, format_moment(NOW + moment), NOW + at)
    outcomes = [Outcome("", principal=each, moment=records.denied(each)) for each in principals]
    late = LateDenials(PanicPlan((key,), tuple(roles)), Known(records, outcomes, {}, {}, NOW))
    assert list(late) == []
    records.confirm_stop("print", NOW + 5)
    found = iter(late)
    assert next(found).principal == user
    records.confirm(user, format_moment(NOW + 10), NOW + 9)
    assert next(found).principal == low
    records.confirm(low, format_moment(NOW + 30), NOW + 20)
    assert [each.principal for each in found] == [high]
