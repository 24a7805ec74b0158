"""`revoke`: real clients lose the sessions that they have, and get new ones that work."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING

import pytest

from tests.aws.client import make_iam_client, make_sts_client
from tests.commands.terminal import open_terminal
from tests.revocation.team import COMMAND, OTHER_ACCOUNT, POLICY

if TYPE_CHECKING:
    from tests.revocation.team import Team


def test_a_session_from_before_is_refused_and_a_new_one_works(team: Team) -> None:
    """Whoever has it; GetCallerIdentity aside, AWS denies it everything, and the role is as useful as before."""
    before = team.program("prod")
    assert before.works()
    done = team.run("revoke", "prod", "--yes")
    assert done.returncode == 0, done.stderr
    assert not before.works()
    after = team.program("prod")
    assert (after.works(), after.key_id == before.key_id) == (True, False)
    assert not before.works()


def test_the_policy_is_the_one_of_the_console(team: Team) -> None:
    """By name and content, on the role whatever its path; nothing else at AWS changes."""
    team.program("prod")
    team.run("revoke", "prod", "--yes")
    document = json.loads(team.policy(team.deploy.arn))
    assert document == {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Deny",
                "Action": ["*"],
                "Resource": ["*"],
                "Condition": {"DateLessThan": {"aws:TokenIssueTime": team.moment(team.deploy.arn)}},
            }
        ],
    }
    assert [call for call in team.calls() if call[0].startswith("Put")] == [("PutRolePolicy", "deploy", "ok")]


@pytest.mark.parametrize("ahead", [-240.0, 0.0, 240.0], ids=["AWS behind", "same", "AWS ahead"])
def test_the_moment_is_by_the_clock_of_aws(team: Team, ahead: float) -> None:
    """A clock here that is minutes wrong neither spares an older session nor denies a new one."""
    team.world.clock_skew = ahead
    before = team.program("prod")
    started = team.world.now()
    assert team.run("revoke", "prod", "--yes").returncode == 0
    moment = team.moment(team.deploy.arn)
    known = [time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(started + seconds)) for seconds in (1, 2)]
    assert moment in known
    assert (before.works(), team.program("prod").works()) == (False, True)


def test_a_session_of_the_same_second_is_ended_too_and_the_next_one_is_not(team: Team) -> None:
    """Whichever part of a second it is: the command returns only once a new session is younger than the moment."""
    for _ in range(4):
        before = team.program("prod", "--role-arn", team.ops.arn)
        assert team.run("revoke", "prod", "--role-arn", team.ops.arn, "--yes").returncode == 0
        assert (before.works(), team.program("prod", "--role-arn", team.ops.arn).works()) == (False, True)


def test_the_users_sessions_end_and_the_key_pair_works_on(team: Team) -> None:
    """Of a key pair's user: the message says what that does not end."""
    session = team.program("base")
    role = team.program("prod")
    done = team.run("revoke", "base", "--yes")
    assert done.returncode == 0, done.stderr
    assert "The key pair itself goes on working; to stop it: shellvault panic base\n" in done.stdout
    roles = "roles assumed with it ('far', 'over', 'prod')"
    assert f"Sessions of {roles} are still valid; revoke those as well.\n" in done.stdout
    assert (session.works(), role.works(), team.is_active()) == (False, True, True)
    assert team.policy(team.alice.arn)
    assert team.program("base").works()


def test_the_users_sessions_end_with_mfa_too(team: Team) -> None:
    """If IAM wants a code, one is asked for; an MFA session that was ended is replaced."""
    team.alice.require_mfa_for_iam = True
    device = team.alice.mfa_device()
    team.sandbox.configure(f"\n[profile token]\ninclude_profile = base\nmfa_serial = {device.serial}\n")
    with open_terminal(team.sandbox, [COMMAND, "revoke", "token", "--yes"]) as terminal:
        terminal.expect("code")
        terminal.type(device.next_code())
        assert terminal.wait_for_exit() == 0, terminal.output
    assert team.policy(team.alice.arn)
    assert ("PutUserPolicy", "alice", "ok") in team.calls("PutUserPolicy")
    assert team.run("env", "token", "--shell", "bash", "--no-input").returncode == 6, "the MFA session is forgotten"


def test_it_forgets_the_profiles_sessions_and_those_over_it(team: Team) -> None:
    """Also of another profile with the same role, and of a role without a profile; others stay."""
    team.add_profile("again", team.deploy.arn, "base", "duration_seconds = 1800\n")
    for words in (
        ["prod"],
        ["again"],
        ["over"],
        ["far"],
        ["prod", "--read-only"],
        ["prod", "--role-arn", team.world.role("adhoc").arn],
    ):
        team.program(*words)
    done = team.run("revoke", "prod", "--yes")
    assert "Forgot 5 sessions.\n" in done.stdout
    assert team.run("list", "--sessions").stdout.count("far") == 1
    assert "prod" not in team.run("list", "--sessions").stdout
    roles = "other roles assumed from it ('111122223333/adhoc', 'over')"
    assert f"Sessions of {roles} are still valid; revoke those as well.\n" in done.stdout


def test_the_roles_own_session_puts_the_policy(team: Team) -> None:
    """One that is cached, so that no session has to be obtained."""
    team.program("prod")
    before = len(team.calls())
    assert team.run("revoke", "prod", "--yes").returncode == 0
    assert team.calls()[before:] == [
        ("GetCallerIdentity", "deploy", "ok"),
        ("GetRolePolicy", "deploy", "NoSuchEntity"),
        ("PutRolePolicy", "deploy", "ok"),
    ]


def test_who_may_not_read_the_policy_puts_it_only_if_nobody_else_can(team: Team) -> None:
    """It might replace one with a later time, which others would see."""
    team.deploy.deny.add("GetRolePolicy")
    team.program("prod")
    assert team.run("revoke", "prod", "--yes").returncode == 0
    assert team.calls("PutRolePolicy") == [("PutRolePolicy", "alice", "ok")]
    team.alice.deny.add("GetRolePolicy")
    done = team.run("revoke", "prod", "--yes")
    assert done.returncode == 0, done.stderr
    assert team.calls("PutRolePolicy")[1:] == [("PutRolePolicy", "deploy", "ok")]


def test_a_fresh_session_puts_it_where_the_cached_one_may_not(team: Team) -> None:
    """As when somebody has revoked the cached one in the console; the fresh one lasts a quarter of an hour."""
    team.program("prod")
    time.sleep(1.1)
    team.run("revoke", "over", "--yes")
    iam = make_iam_client(team.sandbox.aws, team.key)
    condition = {"DateLessThan": {"aws:TokenIssueTime": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())}}
    statement = {"Effect": "Deny", "Action": "*", "Resource": "*", "Condition": condition}
    iam.put_role_policy(RoleName="deploy", PolicyName="other", PolicyDocument=json.dumps({"Statement": statement}))
    before = len(team.calls())
    done = team.run("revoke", "prod", "--yes")
    assert done.returncode == 0, done.stderr
    assert [call[:2] for call in team.calls()[before:] if call[2] == "ok"][-4:] == [
        ("AssumeRole", "alice"),
        ("GetCallerIdentity", "deploy"),
        ("GetRolePolicy", "deploy"),
        ("PutRolePolicy", "deploy"),
    ] or team.calls()[-1] == ("PutRolePolicy", "deploy", "ok")
    assumed = [call for call in team.world.calls if call.action == "AssumeRole"][-1]
    assert assumed.params["DurationSeconds"] == "900"


def test_a_narrowed_session_does_not_put_it(team: Team) -> None:
    """A profile with a session policy: a session of the same role without it does."""
    team.add_profile(
        "narrow", team.deploy.arn, "base", "session_policy_arns = arn:aws:iam::aws:policy/ReadOnlyAccess\n"
    )
    before = team.program("narrow")
    done = team.run("revoke", "narrow", "--yes")
    assert done.returncode == 0, done.stderr
    assumed = [call for call in team.world.calls if call.action == "AssumeRole"]
    assert [any(name.startswith("PolicyArns") for name in call.params) for call in assumed] == [True, False]
    assert not before.works()


def test_the_credentials_below_put_it_where_the_role_may_not(team: Team) -> None:
    """If they are in the role's account."""
    team.deploy.deny.add("PutRolePolicy")
    done = team.run("revoke", "prod", "--yes")
    assert done.returncode == 0, done.stderr
    assert team.calls("PutRolePolicy") == [
        ("PutRolePolicy", "deploy", "AccessDenied"),
        ("PutRolePolicy", "alice", "ok"),
    ]


def test_credentials_of_another_account_touch_no_role_of_the_same_name(team: Team) -> None:
    """IAM takes a role's name only: with credentials of another account, it would be another role."""
    namesake = team.world.role("far")
    team.far.deny.add("PutRolePolicy")
    done = team.run("revoke", "far", "--yes")
    assert done.returncode == 7
    assert (team.policy(namesake.arn), team.policy(team.far.arn)) == ("", "")
    assert team.calls("PutRolePolicy") == [("PutRolePolicy", "far", "AccessDenied")]


def test_a_role_without_a_profile_is_revoked_by_its_arn_and_by_its_name(team: Team) -> None:
    """Also by the name that a shell holds it under."""
    before = team.program("base", "--role-arn", team.far.arn)
    done = team.run("revoke", "base", "--role-arn", team.far.arn, "--yes")
    assert done.returncode == 0, done.stderr
    assert f"role far in {OTHER_ACCOUNT}" in done.stdout
    assert not before.works()
    shell = f"""
        eval "$({COMMAND} env base --role-arn {team.ops.arn} --shell bash)"
        {COMMAND} revoke 111122223333/ops --yes
    """
    done = team.sandbox.shell("bash", shell)
    assert done.returncode == 0, done.stderr
    assert team.policy(team.ops.arn)


def test_a_policy_with_a_later_time_stays(team: Team) -> None:
    """Somebody has closed the role for longer: the answer says until when, and nothing is written."""
    later = time.strftime("%Y-%m-%dT%H:%M:%S.000Z", time.gmtime(time.time() + 3600))
    put_deny(team, later)
    done = team.run("revoke", "prod", "--yes")
    assert done.returncode == 0, done.stderr
    assert f"was issued before {later[:19]}Z is denied everything.\n" in done.stdout
    assert "was there already, with this time; new sessions work from then on.\n" in done.stdout
    assert "shellvault use" not in done.stdout
    assert team.moment(team.deploy.arn) == later
    assert len(team.calls("PutRolePolicy")) == 1


@pytest.mark.parametrize("change", ["older", "narrower", "other operator", "no time"])
def test_any_other_policy_of_that_name_is_replaced(team: Team, change: str) -> None:
    """An older one; and one that denies less than all to all older sessions, whatever time it names."""
    later = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + 3600))
    if change == "older":
        put_deny(team, "2020-01-01T00:00:00Z")
    elif change == "narrower":
        put_deny(team, later, Action="s3:*")
    elif change == "other operator":
        put_deny(team, later, Effect="Allow")
    else:
        put_deny(team, later, Condition={})
    assert team.run("revoke", "prod", "--yes").returncode == 0
    assert team.moment(team.deploy.arn) < later
    assert team.calls("PutRolePolicy")[-1][2] == "ok"


def put_deny(team: Team, moment: str, **more: object) -> None:
    """Put a policy of that name, as an administrator."""
    condition = {"DateLessThan": {"aws:TokenIssueTime": moment}}
    statement = {"Effect": "Deny", "Action": ["*"], "Resource": ["*"], "Condition": condition, **more}
    document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    team.world.policies.put(team.deploy.arn, POLICY, document)
    iam = make_iam_client(team.sandbox.aws, team.key)
    iam.put_role_policy(RoleName="deploy", PolicyName=POLICY, PolicyDocument=document)


def test_the_log_says_that_it_was_revoked(team: Team) -> None:
    """With profile, account, role and the id of the session that was in use."""
    before = team.program("prod")
    team.run("revoke", "prod", "--yes")
    team.run("revoke", "base", "--yes")
    lines = [json.loads(line) for line in (team.sandbox.vault / "log").read_text().splitlines()]
    found = [
        [line[name] for name in ("profile", "account", "role", "key_id")]
        for line in lines
        if line["event"] == "revoked"
    ]
    assert found == [["prod", "111122223333", "deploy", before.key_id], ["base", "111122223333", None, team.key.id]]


def test_a_second_run_moves_the_time_forward(team: Team) -> None:
    """And ends what was obtained in between."""
    team.run("revoke", "prod", "--yes")
    between, first = team.program("prod"), team.moment(team.deploy.arn)
    assert between.works()
    assert team.run("revoke", "prod", "--yes").returncode == 0
    assert (between.works(), team.moment(team.deploy.arn) > first) == (False, True)


def test_a_key_pair_that_is_narrowed_by_its_profile(team: Team) -> None:
    """Its session is a federated user's, which may not call IAM: the key pair itself may."""
    policy = "session_policy_arns = arn:aws:iam::aws:policy/AdministratorAccess"
    team.sandbox.configure(f"\n[profile narrow]\ninclude_profile = base\n{policy}\n")
    before = team.program("narrow")
    assert before.works()
    assert team.run("revoke", "narrow", "--yes").returncode == 0
    assert (before.works(), team.program("narrow").works()) == (False, True)


def test_a_federated_session_of_the_user_is_ended(team: Team) -> None:
    """As `login` and narrowed sessions use it."""
    federated = make_sts_client(team.sandbox.aws, team.key).get_federation_token(
        Name="alice", PolicyArns=[{"arn": "arn:aws:iam::aws:policy/AdministratorAccess"}]
    )
    before = team.program_with(federated["Credentials"])
    assert before.works()
    assert team.run("revoke", "base", "--yes").returncode == 0
    assert not before.works()
