"""A second `panic` believes nothing that it cannot know: not what AWS refused, nor what has changed since."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING

import pytest

from shellvault.commands.panic_signers import PanicCredentials
from shellvault.core.chain.links import StoredKey
from shellvault.core.chain.resolve import ResolvedChain
from shellvault.core.model import Profile
from shellvault.core.revocation.deny_policy import format_moment
from shellvault.core.revocation.key_findings import KeyFindings
from shellvault.core.revocation.late_denials import LateDenials
from shellvault.core.revocation.panic_clock import PanicClock
from shellvault.core.revocation.panic_plan import PanicPlan, PlannedKey
from shellvault.core.revocation.panic_steps import Outcome
from shellvault.core.revocation.planned_roles import PlannedRole, Way
from shellvault.core.revocation.principals import ROLE, USER, Principal
from shellvault.storage.panic_file import PanicFile
from tests.aws.client import make_sts_client
from tests.aws.identities import Credential
from tests.aws.world import ACCOUNT
from tests.revocation.team import Program

if TYPE_CHECKING:
    from pathlib import Path

    from tests.revocation.team import Team

PANIC = ("panic", "--yes")
NOW = int(time.time())
BARE = ResolvedChain(Profile("base", ("base",), {}), ("base",), StoredKey("base", "print"), ())
KEY = PlannedKey(StoredKey("base", "print"), ("base",), "…1", None, BARE)


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
    team.world.clock_skew = 120
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
    team.world.clock_skew = 120
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
    team.world.clock_skew = 120
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
    team.world.clock_skew = 120
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


def test_a_session_of_a_profile_that_is_gone_is_denied_without_the_log(team: Team) -> None:
    """What is noted beside the session tells its role."""
    program = team.program("far")
    (team.sandbox.vault / "log").unlink()
    team.sandbox.config.write_text(team.sandbox.config.read_text().replace("[profile far]", "[plugins]"))
    done = team.run(*PANIC)
    assert (done.returncode, program.works()) == (0, False), done.stdout


def test_the_role_that_a_profile_had_before_is_denied_without_the_log(team: Team) -> None:
    """The log is off, and the profile has another role by now."""
    role = team.world.role("before")
    team.add_profile("moved", role.arn, "base")
    program = team.program_with(json.loads(team.run("exec", "moved", "--json", SHELLVAULT_LOG="off").stdout))
    text = team.sandbox.config.read_text().replace(role.arn, team.world.role("after").arn)
    team.sandbox.config.write_text(text)
    done = team.run(*PANIC, SHELLVAULT_LOG="off")
    assert (done.returncode, program.works()) == (0, False), done.stdout


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
    assert (
        "  'prod', 'over', 'far': their key pair is not in this vault; end their roles' sessions in the IAM console"
        in left
    )


def make_records(tmp_path: Path) -> PanicFile:
    """Return empty records."""
    return PanicFile(str(tmp_path), print)


def make_findings(records: PanicFile) -> KeyFindings:
    """Return those of a run in which no key pair could be tried."""
    return KeyFindings(PanicCredentials.__new__(PanicCredentials), records, PanicClock(time.time))


def test_a_denial_is_late_if_anything_below_it_was_valid_after_its_moment(tmp_path: Path) -> None:
    """The lowest come first; after each is denied again, the next is looked at anew."""
    records, user = make_records(tmp_path), Principal(USER, "user", ACCOUNT, "aws")
    low, high = (Principal(ROLE, name, ACCOUNT, "aws") for name in ("low", "high"))
    way = Way(BARE, KEY.key)
    plan = PanicPlan((KEY,), (PlannedRole(high, ("high",), (way,), (low.key,)), PlannedRole(low, ("low",), (way,))))
    records.begin(KEY, user, "AKIA1")
    records.confirm_stop("print", NOW + 2)
    for each, moment, at in zip((user, low, high), (5, 9, 20), (4, 6, 7), strict=True):
        records.confirm(each, format_moment(NOW + moment), NOW + at)
    outcomes = [Outcome("", principal=each, moment=records.denied(each)) for each in (user, low, high)]
    late = LateDenials(plan.replace(roles=plan.roles[:1]), records, outcomes, make_findings(records))
    assert list(late) == []
    records.confirm_stop("print", NOW + 5)
    found = iter(LateDenials(plan, records, outcomes, make_findings(records)))
    assert next(found).principal == user
    records.confirm(user, format_moment(NOW + 30), NOW + 21)
    assert [each.principal for each in found] == [high, low]


def test_a_role_that_two_users_share_makes_no_other_role_of_theirs_late(tmp_path: Path) -> None:
    """It was denied later than those that only the first user reaches, with the second user's key pair."""
    records = make_records(tmp_path)
    other = KEY.replace(key=StoredKey("two", "print2"), names=("two",))
    first, second = (Principal(USER, name, ACCOUNT, "aws") for name in ("first", "second"))
    shared, own = (Principal(ROLE, name, ACCOUNT, "aws") for name in ("shared", "own"))
    ways = Way(BARE, KEY.key), Way(BARE, other.key)
    roles = (
        PlannedRole(shared, ("shared",), ways, ("print", "print2")),
        PlannedRole(own, ("own",), ways[:1], ("print",)),
    )
    for key, user, at in ((KEY, first, 0), (other, second, 500)):
        records.begin(key, user, "AKIA1")
        records.confirm_stop(key.fingerprint, NOW + at + 3)
        records.confirm(user, format_moment(NOW + at + 5), NOW + at + 4)
    records.confirm(own, format_moment(NOW + 6), NOW + 2)
    records.confirm(shared, format_moment(NOW + 506), NOW + 502)
    outcomes = [Outcome("", principal=each, moment=records.denied(each)) for each in (first, second, shared, own)]
    plan = PanicPlan((KEY, other), roles)
    assert list(LateDenials(plan, records, outcomes, make_findings(records))) == []
    early = [*outcomes[:-1], Outcome("", principal=own, moment=format_moment(NOW + 4))]
    found = LateDenials(plan, records, early, make_findings(records))
    assert [each.principal for each in found] == [own]
