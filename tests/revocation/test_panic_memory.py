"""What `panic` remembers from one run to the next, and what it does not rely on."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.aws.client import make_client, make_sts_client
from tests.aws.world import ACCOUNT
from tests.revocation.team import OTHER_ACCOUNT, Program

if TYPE_CHECKING:
    from tests.aws.identities import AccessKey
    from tests.revocation.team import Team

PANIC = ("panic", "--yes")
DAY = 24 * 60 * 60


def not_done(shown: str) -> str:
    """Return what is listed as not done."""
    return shown.partition("Not done:\n")[2]


def steal(team: Team, arn: str, key: AccessKey | None = None) -> Program:
    """Return a program with a role's session that a thief obtains with a key."""
    thief = make_sts_client(team.sandbox.aws, key or team.key)
    return Program(team, thief.assume_role(RoleArn=arn, RoleSessionName="thief")["Credentials"])


def set_active(team: Team, key_id: str, *, is_active: bool) -> None:
    """Do what an administrator does in the console."""
    found = team.world.credential(key_id)
    assert found is not None
    team.world.keys.add(found.replace(active=is_active))


def age_record(team: Team, seconds: int) -> None:
    """Make the times in the record that are by this machine's clock older."""
    path = team.sandbox.vault / "panic"
    found = json.loads(path.read_text())
    found["refused"] = {each: at - seconds for each, at in found["refused"].items()}
    path.write_text(json.dumps(found))


def test_a_machine_that_sleeps_before_the_deactivation(team: Team, monkeypatch: pytest.MonkeyPatch) -> None:
    """AWS's answers show how late it is, whatever this machine's clocks say. By then, nothing can sign any more."""
    put = team.world.policies.put

    def put_and_sleep(*arguments: Any) -> None:
        put(*arguments)
        team.world.clock_skew = 200 if ":user/" in arguments[0] else 0

    monkeypatch.setattr(team.world.policies, "put", put_and_sleep)
    for _ in range(2):
        done = team.run("panic", "base", "--yes")
        assert (done.returncode, team.is_active()) == (7, False), done.stdout
        assert "  user alice in 111122223333: sessions issued after " in not_done(done.stdout)


@pytest.mark.parametrize("verb", ["remove", "replace"])
def test_a_key_that_is_no_longer_stored_is_named_until_it_is_known_to_be_inactive(team: Team, verb: str) -> None:
    """The first run could not deactivate it, and only its record knows of it."""
    team.alice.deny.add("UpdateAccessKey")
    assert team.run(*PANIC).returncode == 7
    assert team.run("remove", "base", "--force").returncode == 0
    if verb == "replace":
        team.sandbox.add("base", team.world.user("bob").access_key())
    for _ in range(2):
        done = team.run(*PANIC)
        line = f"  access key …{team.key.id[-4:]} of 'base': deactivation: an earlier run could not do it, and "
        assert (done.returncode, team.is_active(), line in not_done(done.stdout)) == (7, True, True), done.stdout
        assert f"--access-key-id {team.key.id} --status Inactive" in done.stdout
    team.alice.deny.clear()
    team.run("remove", "base", "--force")
    team.sandbox.add("base", team.key)
    assert (team.run(*PANIC).returncode, team.is_active()) == (0, False)


def test_a_key_that_was_rotated_is_not_named(team: Team) -> None:
    """The rotation has deleted it at AWS."""
    team.alice.deny.add("UpdateAccessKey")
    assert team.run(*PANIC).returncode == 7
    team.alice.deny.clear()
    assert team.run("rotate", "base").returncode == 0
    assert team.run(*PANIC).returncode == 0


def test_the_other_key_of_an_unfinished_rotation_is_activated_again(team: Team) -> None:
    """It signs, so the user's sessions of that time are denied, and it is deactivated again."""
    team.sandbox.aws.faults.next("drop", None, "DeleteAccessKey")
    assert team.run("rotate", "base").returncode == 8
    team.sandbox.aws.faults.clear()
    assert team.run(*PANIC).returncode == 0
    team.world.clock_skew = 120
    set_active(team, team.key.id, is_active=True)
    thief = make_sts_client(team.sandbox.aws, team.key)
    stolen = [Program(team, thief.get_session_token()["Credentials"]), steal(team, team.ops.arn)]
    done = team.run(*PANIC)
    alive = [each.works() for each in stolen]
    assert (done.returncode == 0) != any(alive), done.stdout
    assert (alive[0], team.is_active()) == (False, False)


def test_the_other_key_of_an_unfinished_rotation_that_could_not_be_stopped(team: Team) -> None:
    """An administrator did it later; until then, it could obtain sessions."""
    team.sandbox.aws.faults.next("drop", None, "DeleteAccessKey")
    assert team.run("rotate", "base").returncode == 8
    team.sandbox.aws.faults.clear()
    team.alice.deny.add("UpdateAccessKey")
    assert team.run(*PANIC).returncode == 7
    team.alice.deny.clear()
    team.world.clock_skew = 120
    stolen = steal(team, team.ops.arn)
    for key in team.world.keys.list_for_user(team.alice.principal):
        set_active(team, key.access_key_id, is_active=False)
    done = team.run(*PANIC)
    assert (done.returncode, stolen.works()) == (7, True), done.stdout


def test_a_role_without_a_profile_over_two_key_pairs(team: Team) -> None:
    """A panic for one key pair remembers the role for the other."""
    other = team.world.user("bob").access_key()
    team.sandbox.add("other", other)
    stray = team.world.role("stray")
    for name in ("base", "other"):
        assert team.run("exec", name, "--role-arn", stray.arn, "--json").returncode == 0
    assert team.run("panic", "base", "--yes").returncode == 0
    team.world.clock_skew = 120
    stolen = steal(team, stray.arn, other)
    done = team.run("panic", "other", "--yes")
    assert (done.returncode, stolen.works()) == (0, False), done.stdout


def test_a_role_with_a_profile_that_was_also_assumed_with_another_key_pair(team: Team) -> None:
    """That key pair leads to the role as well, although no profile says so."""
    other = team.world.user("bob").access_key()
    team.sandbox.add("other", other)
    program = team.program("other", "--role-arn", team.deploy.arn)
    assert team.run("panic", "base", "--yes").returncode == 0
    team.world.clock_skew = 120
    stolen = steal(team, team.deploy.arn, other)
    done = team.run(*PANIC)
    assert (done.returncode, program.works(), stolen.works()) == (0, False, False), done.stdout


def test_two_users_of_a_role_one_after_the_other(team: Team) -> None:
    """Roles that only the first user reaches were dealt with in the first run."""
    team.sandbox.add("other", team.world.user("bob").access_key())
    team.add_profile("shared", team.deploy.arn, "other")
    assert team.run("panic", "base", "--yes").returncode == 0
    team.world.clock_skew = 120
    for _ in range(2):
        done = team.run(*PANIC)
        assert done.returncode == 0, done.stdout


def test_a_key_of_another_partition_is_looked_for_where_it_was_found(team: Team) -> None:
    """The second run gets no `--region`. In the first, the deactivation never reached AWS."""
    key = team.world.user("gov", "777788889999", "aws-us-gov").access_key()
    team.sandbox.add("gov", key)
    team.sandbox.env.pop("AWS_REGION", None)
    team.sandbox.aws.faults.next("drop", 6, action="UpdateAccessKey")
    assert team.run("panic", "gov", "--yes", "--region", "us-gov-west-1").returncode == 8
    team.sandbox.aws.faults.clear()
    done = team.run("panic", "gov", "--yes")
    assert (done.returncode, team.is_active(key)) == (0, False), done.stdout


def test_once_no_session_can_be_left_a_key_that_somebody_else_deactivated_is_done(team: Team) -> None:
    """Before that, sessions obtained in the meantime count as not done."""
    team.alice.deny.add("UpdateAccessKey")
    assert team.run(*PANIC).returncode == 7
    set_active(team, team.key.id, is_active=False)
    assert team.run(*PANIC).returncode == 7
    age_record(team, DAY)
    assert team.run(*PANIC).returncode == 7
    age_record(team, DAY)
    done = team.run(*PANIC)
    assert (done.returncode, "AWS no longer accepts it" in done.stdout) == (0, True), done.stdout
    set_active(team, team.key.id, is_active=True)
    assert team.run("revoke", "base", "--yes").returncode == 0
    set_active(team, team.key.id, is_active=False)
    assert team.run(*PANIC).returncode == 7


@pytest.mark.parametrize("then", ["remove", "replace", "rotate and remove"])
def test_a_user_whose_key_pair_is_gone_is_named_while_sessions_may_be_valid(team: Team, then: str) -> None:
    """AWS refused the denial; the first run deactivated the key, or a rotation has deleted it."""
    stolen = Program(team, make_sts_client(team.sandbox.aws, team.key).get_session_token()["Credentials"])
    team.alice.deny.add("PutUserPolicy")
    if then == "rotate and remove":
        team.alice.deny.add("UpdateAccessKey")
    assert team.run(*PANIC).returncode == 7
    if then == "rotate and remove":
        assert team.run("rotate", "base").returncode == 0
    assert team.run("remove", "base", "--force").returncode == 0
    if then == "replace":
        team.sandbox.add("base", team.world.user("bob").access_key())
    for _ in range(2):
        done = team.run(*PANIC)
        assert (done.returncode, stolen.works()) == (7, True), done.stdout
        assert "  user alice in 111122223333: older sessions: an earlier run" in not_done(done.stdout)


def test_a_role_that_was_refused_is_named_without_any_key_pair(team: Team) -> None:
    """Only the record knows of it."""
    stolen = steal(team, team.deploy.arn)
    for one in (team.alice, team.deploy):
        one.deny.add("PutRolePolicy")
    assert team.run(*PANIC).returncode == 7
    assert team.run("remove", "base", "--force").returncode == 0
    done = team.run(*PANIC)
    assert (done.returncode, stolen.works()) == (7, True), done.stdout
    assert "  role deploy in 111122223333: older sessions: no stored key pair leads to it" in not_done(done.stdout)


def test_profiles_whose_key_pair_is_not_stored_are_left_to_the_user(team: Team) -> None:
    """Another key pair is, so it is not the wrong vault."""
    assert team.run("remove", "base", "--force").returncode == 0
    team.sandbox.add("other", team.world.user("bob").access_key())
    done = team.run(*PANIC)
    left = done.stdout.partition("Left to you:\n")[2]
    assert "  'prod', 'over', 'far': their key pair is not in this vault; " in left


def test_a_role_is_denied_again_by_any_key_pair_of_its_account(team: Team) -> None:
    """A key pair that no profile has below the role may have got sessions since the first run."""
    other = team.world.user("bob").access_key()
    team.sandbox.add("other", other)
    assert team.run("panic", "base", "--yes").returncode == 0
    team.world.clock_skew = 120
    stolen = steal(team, team.deploy.arn, other)
    done = team.run(*PANIC)
    assert (done.returncode, stolen.works()) == (0, False), done.stdout


def test_policies_that_take_a_while_to_hold(team: Team) -> None:
    """Until then, denied sessions can still obtain others."""
    team.world.policy_delay = 25
    thief = make_sts_client(team.sandbox.aws, team.key)
    role = thief.assume_role(RoleArn=team.deploy.arn, RoleSessionName="thief")["Credentials"]
    assert team.run(*PANIC).returncode == 0
    team.world.clock_skew = 20
    client = make_client(team.sandbox.aws, "sts", role, "eu-west-1")
    stolen = Program(team, client.assume_role(RoleArn=team.ops.arn, RoleSessionName="thief")["Credentials"])
    assert stolen.works()
    team.world.clock_skew = 60
    assert not stolen.works()


@pytest.mark.parametrize("kind", ["unclosed", "bytes", "folder"])
def test_a_config_file_that_cannot_be_read_stops_nothing(team: Team, kind: str) -> None:
    """The key pairs are known without it, and roles from the cached sessions."""
    program = team.program("prod")
    config = team.sandbox.config
    config.unlink()
    if kind == "folder":
        config.mkdir()
    else:
        config.write_bytes(b"[profile x\n" if kind == "unclosed" else b"[profile \xff]\n")
    done = team.run(*PANIC)
    assert (done.returncode, team.is_active(), program.works()) == (7, False, False), done.stdout
    assert "  the config file: it was not read: " in not_done(done.stdout)


@pytest.mark.parametrize(
    "whose", [["bogus", "n", "1", "aws"], ["user", "a\udc80", "1", "aws"], ["user", 1, "1", "aws"]]
)
def test_a_record_of_nobody_stops_nothing(team: Team, whose: list[object]) -> None:
    """Somebody tampered with the file."""
    record = json.dumps({"users": {"x": [["x"], "a key", "AKIA1", *whose]}})
    (team.sandbox.vault / "panic").write_text(record)
    done = team.run(*PANIC)
    assert (done.returncode, team.is_active()) == (0, False), done.stdout + done.stderr


def test_what_the_record_says_cannot_harm_a_shell(team: Team) -> None:
    """Names from the record are quoted in commands to type."""
    record = json.dumps({"users": {"x": [["x"], "a key", "AKIA1", "user", "n; touch x", "1", "aws"]}})
    (team.sandbox.vault / "panic").write_text(record)
    assert "--user-name 'n; touch x' --access-key-id AKIA1" in team.run(*PANIC).stdout


def test_a_role_in_another_account_without_a_profile_after_an_outage(team: Team) -> None:
    """The first run forgets its session; the second one assumes the role once more to end the others."""
    far = team.world.role("path/stray", OTHER_ACCOUNT, trusts=[ACCOUNT])
    program = team.program("base", "--role-arn", far.arn)
    team.sandbox.aws.faults.next("drop", None)
    assert team.run(*PANIC).returncode == 8
    team.sandbox.aws.faults.clear()
    done = team.run(*PANIC)
    assert (done.returncode, program.works(), team.is_active()) == (0, False, False), done.stdout


def test_a_hint_repeats_the_options(team: Team) -> None:
    """A vault or region that was chosen is meant the next time, too."""
    done = team.run("panic", "--region", "eu-west-1", "prod")
    assert (done.returncode, "shellvault panic --region eu-west-1 prod --yes" in done.stderr) == (6, True), done.stderr


def test_a_user_whose_inline_policies_are_full(team: Team) -> None:
    """No inline policy can be added, so none is suggested."""
    statement = {"Effect": "Allow", "Action": "s3:*", "Resource": f"arn:aws:s3:::{'b' * 1850}"}
    team.world.policies.put(team.alice.arn, "large", json.dumps({"Version": "2012-10-17", "Statement": statement}))
    done = team.run("panic", "base", "--yes")
    assert (done.returncode, team.is_active()) == (7, False)
    assert "    instead: delete an inline policy of the user that is not needed" in not_done(done.stdout)


@pytest.mark.parametrize(
    "verb", ["revoke prod --yes", "revoke base --yes", "rotate base", "clear", "remove base --force"]
)
def test_a_role_without_a_profile_whose_session_was_forgotten_before(team: Team, verb: str) -> None:
    """No other trace of the role is left. If there is no key pair either, the report names it."""
    role = team.world.role("x", trusts=[team.deploy.arn])
    program = team.program("prod", "--role-arn", role.arn)
    done = team.run(*verb.split())
    assert (done.returncode, program.works()) == (0, True), done.stderr
    ended = team.run(*PANIC)
    is_left = verb.startswith("remove")
    assert (ended.returncode, program.works()) == (7 * is_left, is_left), ended.stdout
    assert is_left == ("  role x in 111122223333: older sessions" in not_done(ended.stdout))


def test_revoking_a_profile_whose_role_has_changed(team: Team) -> None:
    """The session of the former role is named, stays in nobody's log as revoked, and is ended by panic."""
    program = team.program("prod")
    text = team.sandbox.config.read_text()
    team.sandbox.config.write_text(text.replace(team.deploy.arn, team.world.role("next").arn))
    done = team.run("revoke", "prod", "--yes")
    assert (done.returncode, program.works()) == (0, True)
    assert "111122223333/deploy" in done.stdout
    assert "revoked" not in team.run("log", "who", program.key_id).stdout
    ended = team.run(*PANIC)
    assert (ended.returncode, program.works()) == (0, False), ended.stdout


def test_the_session_with_mfa_puts_a_roles_policy_where_the_key_pair_may_not(team: Team) -> None:
    """Also for roles whose profiles name no device."""
    device = team.alice.mfa_device()
    team.alice.require_mfa_for_iam = True
    secure = team.world.role("secure", require_mfa=True)
    team.add_profile("secure", secure.arn, "base", f"mfa_serial = {device.serial}\n")
    team.deploy.deny.add("PutRolePolicy")
    program = team.program("prod")
    done = team.run(*PANIC, "--mfa-token", device.next_code())
    assert (done.returncode, program.works(), team.is_active()) == (0, False, False), done.stdout


def test_a_key_of_that_name_that_was_replaced_is_named(team: Team) -> None:
    """An earlier run could not deactivate it."""
    team.alice.deny.add("UpdateAccessKey")
    assert team.run("panic", "base", "--yes").returncode == 7
    team.sandbox.add("base", team.world.user("bob").access_key())
    team.sandbox.add("other", team.world.user("carol").access_key())
    assert team.run("panic", "other", "--yes").returncode == 0
    done = team.run("panic", "base", "--yes")
    assert (done.returncode, f"access key …{team.key.id[-4:]} of 'base'" in not_done(done.stdout)) == (7, True)


def test_a_role_is_remembered_as_long_as_its_key_pair_is_active(team: Team) -> None:
    """Not just until the sessions of that time have expired."""
    stray = team.world.role("stray")
    assert team.run("exec", "base", "--role-arn", stray.arn, "--json").returncode == 0
    team.alice.deny.add("UpdateAccessKey")
    assert team.run(*PANIC).returncode == 7
    path = team.sandbox.vault / "panic"
    found = json.loads(path.read_text())
    found["open"] = {key: [entry[0] - DAY, *entry[1:]] for key, entry in found["open"].items()}
    path.write_text(json.dumps(found))
    team.world.clock_skew = 120
    stolen = steal(team, stray.arn)
    team.alice.deny.clear()
    done = team.run(*PANIC)
    assert (done.returncode, stolen.works()) == (0, False), done.stdout


@pytest.mark.parametrize("kind", ["throttle", "error500", "empty"])
def test_a_policy_that_cannot_be_read_is_put_all_the_same(team: Team, kind: str) -> None:
    """AWS does not answer the request for the policy."""
    program = team.program("prod")
    for action in ("GetRolePolicy", "GetUserPolicy"):
        team.sandbox.aws.faults.next(kind, 40, action=action)
    done = team.run(*PANIC)
    assert (done.returncode, program.works(), team.is_active()) == (0, False, False), done.stdout
