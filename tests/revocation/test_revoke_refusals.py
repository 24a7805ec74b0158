"""`revoke` where AWS refuses or cannot be asked: a true account of it, and nothing done by halves."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from shellvault.core.record import Secret
from tests.aws.client import make_iam_client
from tests.aws.identities import Credential, Principal, random_secret, unique_id
from tests.commands.terminal import open_terminal
from tests.providers.credential_programs import printing_program
from tests.revocation.team import COMMAND, POLICY

if TYPE_CHECKING:
    from pathlib import Path

    from tests.revocation.team import Team

PAGE = "https://us-east-1.console.aws.amazon.com/iam/home?region=us-east-1#"


@pytest.mark.parametrize(("action", "refused"), [("AssumeRole", 0), ("GetRolePolicy", 0), ("PutRolePolicy", 7)])
@pytest.mark.parametrize("cached", [True, False])
def test_a_permission_that_is_missing_for_a_role(team: Team, action: str, refused: int, *, cached: bool) -> None:
    """Without iam:PutRolePolicy nothing is revoked, and the message says who may not, and where it is done.

    Reading the policy is not necessary, and neither is a session of the role if what is below it may do it.
    """
    if cached:
        team.program("prod")
    for owner in (team.alice, team.deploy):
        owner.deny.add(action)
    done = team.run("revoke", "prod", "--yes")
    assert done.returncode == refused, done.stderr
    assert bool(team.policy(team.deploy.arn)) == (refused == 0)
    if refused:
        assert done.stdout == ""
        assert "error: nothing was revoked: AWS refused PutRolePolicy for 'prod': AccessDenied" in done.stderr
        assert "assumed-role/deploy" in done.stderr
        assert "user/alice is not authorized to perform: iam:PutRolePolicy" in done.stderr
        assert f"{PAGE}/roles/details/deploy?section=revoke_sessions and choose Revoke active sessions\n" in done.stderr
        assert ("prod" in team.run("list", "--sessions").stdout) == cached, "what works is not forgotten"
        assert team.program("prod").works()


@pytest.mark.parametrize(("action", "refused"), [("GetUserPolicy", 0), ("PutUserPolicy", 7)])
def test_a_permission_that_is_missing_for_a_user(team: Team, action: str, refused: int) -> None:
    """The same for a key pair's user."""
    session = team.program("base")
    team.alice.deny.add(action)
    done = team.run("revoke", "base", "--yes")
    assert (done.returncode, session.works()) == (refused, bool(refused)), done.stderr
    if refused:
        assert f"is earlier than now (DateLessThan): {PAGE}/users/details/alice\n" in done.stderr


def test_the_page_is_the_one_of_the_partition(team: Team) -> None:
    """In China the console has another name."""
    user = team.world.user("li", "333344445555", "aws-cn")
    role = team.world.role("shanghai", "333344445555", partition="aws-cn")
    team.sandbox.add("cn", user.access_key())
    team.sandbox.configure(f"\n[profile china]\nrole_arn = {role.arn}\nsource_profile = cn\n")
    role.deny.add("PutRolePolicy")
    user.deny.add("PutRolePolicy")
    done = team.run("revoke", "china", "--yes")
    assert done.returncode == 7
    assert "https://cn-north-1.console.amazonaws.cn/iam/home?region=cn-north-1#/roles/details/shanghai" in done.stderr
    role.deny.clear()
    assert team.run("revoke", "china", "--yes").returncode == 0
    assert team.policy(role.arn)


def test_a_user_whose_policies_leave_no_room(team: Team) -> None:
    """AWS takes 2,048 characters for all of them together."""
    resource = f"arn:aws:s3:::{'b' * 1850}"
    statement = {"Effect": "Allow", "Action": "s3:*", "Resource": resource}
    team.world.policies.put(team.alice.arn, "large", json.dumps({"Version": "2012-10-17", "Statement": statement}))
    done = team.run("revoke", "base", "--yes")
    assert done.returncode == 7
    assert "LimitExceeded: Maximum policy size of 2048 bytes exceeded for user alice" in done.stderr


def test_a_role_of_identity_center_is_protected(team: Team) -> None:
    """AWS does not let anyone modify it, so it is not even asked; the message says where such sessions are ended."""
    team.sandbox.configure(
        "\n[sso-session corp]\nsso_start_url = https://d-1234567890.awsapps.com/start\nsso_region = eu-west-1\n"
        "[profile corp]\nsso_session = corp\nsso_account_id = 111122223333\nsso_role_name = Admin\n"
    )
    team.add_profile(
        "reserved", "arn:aws:iam::111122223333:role/aws-reserved/sso.amazonaws.com/AWSReservedSSO_A_1", "base"
    )
    team.add_profile("linked", "arn:aws:iam::111122223333:role/aws-service-role/x.amazonaws.com/Service", "base")
    for words in (["corp"], ["--sso", "corp", "--account", "111122223333", "--role", "Admin"], ["reserved"]):
        done = team.run("revoke", *words, "--yes")
        assert done.returncode == 7
        assert "belongs to IAM Identity Center, and AWS does not let anyone attach a policy to it" in done.stderr
        assert "Users, the user, Active sessions" in done.stderr
    assert "https://eu-west-1.console.aws.amazon.com/singlesignon/home" in team.run("revoke", "corp", "--yes").stderr
    done = team.run("revoke", "linked", "--yes")
    assert (done.returncode, "is a service-linked role" in done.stderr) == (7, True)
    assert team.calls() == []


def test_a_role_that_aws_protects_without_saying_so(team: Team) -> None:
    """Its refusal comes through."""
    team.world.role("aws-service-role/support.amazonaws.com/hidden")
    team.add_profile("hidden", "arn:aws:iam::111122223333:role/hidden", "base")
    done = team.run("revoke", "hidden", "--yes")
    assert done.returncode == 7
    assert "UnmodifiableEntity: Cannot perform the operation on the protected role 'hidden'" in done.stderr


def test_sessions_that_shellvault_cannot_take_back(team: Team, tmp_path: Path) -> None:
    """Of a program alone; a role over it can be revoked."""
    session = team.world.issue_session(team.alice.principal, 3600)
    assert session.session is not None
    answer = (
        f'{{"Version": 1, "AccessKeyId": "{session.access_key_id}", "SecretAccessKey": "{session.secret}", '
        f'"SessionToken": "{session.session.token}"}}'
    )
    program = printing_program(tmp_path, answer.encode())
    team.sandbox.configure(f"\n[profile tool]\ncredential_process = {program.command}\n")
    team.sandbox.configure("\n[profile signed]\nlogin_session = arn:aws:iam::111122223333:user/alice\n")
    team.add_profile("above", team.ops.arn, "tool")
    for name, source in (("tool", "process"), ("signed", "aws login")):
        done = team.run("revoke", name, "--yes")
        assert done.returncode == 2
        assert done.stderr == (
            f"error: the session of '{name}' comes from {source}, so shellvault cannot revoke it\n"
            "hint: end it at its source; sessions of roles assumed from it can be revoked\n"
        )
    assert team.calls() == []
    done = team.run("revoke", "above", "--yes")
    assert done.returncode == 0, done.stderr
    assert team.policy(team.ops.arn)


def test_a_role_with_a_web_identity_is_revoked(team: Team, tmp_path: Path) -> None:
    """By its own session only, as there are no credentials below it."""
    token = tmp_path / "token"
    token.write_text(f"{team.world.provider.token('repo:main')}\n")
    role = team.world.role("ci", trusts=("web:repo:main",))
    team.sandbox.configure(
        f"\n[profile ci]\nrole_arn = {role.arn}\nweb_identity_token_file = {token}\nregion = eu-west-1\n"
    )
    before = team.program("ci")
    assert team.run("revoke", "ci", "--yes").returncode == 0
    assert (before.works(), team.program("ci").works()) == (False, True)
    role.deny.add("PutRolePolicy")
    assert team.run("revoke", "ci", "--yes").returncode == 7


def test_the_root_user_cannot_be_revoked(team: Team) -> None:
    """AWS takes no policy for it."""
    arn = "arn:aws:iam::111122223333:root"
    pair = Credential(unique_id("AKIA"), random_secret(), Principal("111122223333", arn, "111122223333", (arn,), arn))
    team.world.keys.add(pair)
    done = team.run(
        "add", "root", "--env", AWS_ACCESS_KEY_ID=pair.access_key_id, AWS_SECRET_ACCESS_KEY=str(Secret(pair.secret))
    )
    assert done.returncode == 0, done.stderr
    done = team.run("revoke", "root", "--yes")
    assert done.returncode == 7
    assert "belongs to the root user of 111122223333, and AWS offers no way to deny its sessions" in done.stderr


def test_a_policy_that_aws_does_not_show_is_put_all_the_same(team: Team) -> None:
    """Nothing depends on what is there, except that a later time stays."""
    team.sandbox.aws.faults.next("drop", None, "GetRolePolicy")
    before = team.program("prod")
    assert (team.run("revoke", "prod", "--yes").returncode, before.works()) == (0, False)


@pytest.mark.parametrize("action", ["GetCallerIdentity", "PutRolePolicy", "AssumeRole"])
def test_aws_that_does_not_answer(team: Team, action: str) -> None:
    """Status 8; the same command does it later."""
    team.sandbox.aws.faults.next("drop", None, action)
    done = team.run("revoke", "prod", "--yes")
    assert (done.returncode, done.stdout) == (8, "")
    team.sandbox.aws.faults.clear()
    assert team.run("revoke", "prod", "--yes").returncode == 0


def test_an_answer_that_is_lost(team: Team) -> None:
    """Nobody knows then whether AWS has done it; the same command finds out."""
    team.sandbox.aws.faults.next("truncate", action="PutRolePolicy")
    before = team.program("prod")
    done = team.run("revoke", "prod", "--yes")
    assert (done.returncode, before.works()) == (8, False)
    assert "the sessions may be ended already\nhint: run the same command again, to be sure\n" in done.stderr
    assert team.run("revoke", "prod", "--yes").returncode == 0
    assert team.program("prod").works()


def test_a_key_that_aws_does_not_know(team: Team) -> None:
    """The message names it."""
    make_iam_client(team.sandbox.aws, team.key).update_access_key(AccessKeyId=team.key.id, Status="Inactive")
    for profile in ("base", "prod"):
        done = team.run("revoke", profile, "--yes")
        assert (done.returncode, "AWS does not recognize the access key of 'base'" in done.stderr) == (7, True)


def test_no_terminal_and_no_yes(team: Team) -> None:
    """Nobody is asked, so nothing is done; the hint is the line to type, with all its words."""
    done = team.run("revoke", "prod", "--role-arn", team.ops.arn)
    assert (done.returncode, team.calls()) == (6, [])
    assert done.stderr.endswith(f"hint: shellvault revoke --yes prod --role-arn {team.ops.arn}\n")


@pytest.mark.parametrize("word", ["", "y", "no", "yes please", "revoke"])
def test_any_other_word_than_yes_does_nothing(team: Team, word: str) -> None:
    """The whole word is wanted."""
    with open_terminal(team.sandbox, [COMMAND, "revoke", "prod"]) as terminal:
        terminal.expect("this ends every session of role deploy in 111122223333 that anyone has obtained so far")
        terminal.expect(r"End them\? Type yes: ")
        terminal.type(word)
        assert terminal.wait_for_exit() in (2, 6)
        assert "nothing was revoked" in terminal.output or "no answer" in terminal.output
    assert team.calls() == []


def test_ctrl_c_at_the_question_does_nothing(team: Team) -> None:
    """Status 130."""
    with open_terminal(team.sandbox, [COMMAND, "revoke", "prod"]) as terminal:
        terminal.expect("Type yes: ")
        terminal.interrupt()
        assert terminal.wait_for_exit() == 130
    assert team.calls() == []


def test_yes_on_the_terminal_does_it(team: Team) -> None:
    """And the answer says what happened."""
    before = team.program("prod")
    with open_terminal(team.sandbox, [COMMAND, "revoke", "prod"]) as terminal:
        terminal.expect("Type yes: ")
        terminal.type("yes")
        assert terminal.wait_for_exit() == 0
        assert "is denied everything." in terminal.output
    assert not before.works()


def test_ctrl_c_while_it_waits_tells_that_the_sessions_are_ended(team: Team) -> None:
    """The deny is in place by then, and the cache is empty."""
    before = team.program("prod")
    with open_terminal(team.sandbox, [COMMAND, "revoke", "prod", "--yes"]) as terminal:
        while not team.policy(team.deploy.arn):
            pass
        terminal.collect_output(0.2)
        terminal.interrupt()
        assert terminal.wait_for_exit() == 130
        assert "the sessions are ended" in terminal.output
    assert not before.works()
    assert "prod" not in team.run("list", "--sessions").stdout


def test_an_unknown_profile_and_none(team: Team) -> None:
    """As with other commands; an empty option is no profile's session by accident."""
    assert team.run("revoke", "prd", "--yes").returncode == 3
    assert team.run("revoke", "--yes").returncode == 2
    assert team.run("revoke", "prod", "--role-arn", "", "--yes").returncode == 2
    assert (team.calls(), team.policy(team.deploy.arn), POLICY) == ([], "", "AWSRevokeOlderSessions")
