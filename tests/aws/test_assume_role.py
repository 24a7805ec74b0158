"""AssumeRole: trust, MFA, external id and source identity, as AWS allows and refuses them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.aws.client import alice, assume, refused, sts

if TYPE_CHECKING:
    from tests.aws.server import AwsServer


def test_a_role_session_bears_the_roles_name(aws: AwsServer) -> None:
    """In its arn and its id; the answer and GetCallerIdentity agree."""
    role = aws.world.role("reader")
    answer = alice(aws).assume_role(RoleArn=role.arn, RoleSessionName="me@example.com")
    assert answer["AssumedRoleUser"]["Arn"] == "arn:aws:sts::111122223333:assumed-role/reader/me@example.com"
    identity = sts(aws, answer["Credentials"]).get_caller_identity()
    assert identity["Arn"] == answer["AssumedRoleUser"]["Arn"]
    assert identity["UserId"] == answer["AssumedRoleUser"]["AssumedRoleId"]
    assert identity["UserId"].startswith("AROA")
    assert identity["UserId"].endswith(":me@example.com")


def test_the_partition_of_the_role_is_kept(aws: AwsServer) -> None:
    """China and GovCloud have arns of their own."""
    user = aws.world.user(partition="aws-cn")
    role = aws.world.role("reader", partition="aws-cn")
    answer = sts(aws, user.access_key(), "cn-north-1").assume_role(RoleArn=role.arn, RoleSessionName="me")
    assert answer["AssumedRoleUser"]["Arn"] == "arn:aws-cn:sts::111122223333:assumed-role/reader/me"


def test_a_roles_path_is_not_in_its_sessions_arn(aws: AwsServer) -> None:
    """As at AWS, though the role's own arn has it."""
    role = aws.world.role("team/blue/reader")
    assert role.arn == "arn:aws:iam::111122223333:role/team/blue/reader"
    arn = assume(aws, alice(aws), role).get_caller_identity()["Arn"]
    assert arn == "arn:aws:sts::111122223333:assumed-role/reader/me"


@pytest.mark.parametrize(
    "trusted",
    ["account root", "111122223333", "arn:aws:iam::111122223333:root", "arn:aws:iam::111122223333:user/alice"],
)
def test_a_user_whom_the_role_trusts_gets_in(aws: AwsServer, trusted: str) -> None:
    """By name or by account."""
    assume(aws, alice(aws), aws.world.role("reader", trusts=[trusted]))


@pytest.mark.parametrize(
    "trusted",
    [
        "arn:aws:iam::111122223333:user/bob",
        "arn:aws:iam::444455556666:root",
        "444455556666",
        "arn:aws-cn:iam::111122223333:root",
        "arn:aws:iam::111122223333:role/reader",
    ],
)
def test_a_user_whom_the_role_does_not_trust_stays_out(aws: AwsServer, trusted: str) -> None:
    """The message names the caller and the role, and not the reason."""
    role = aws.world.role("reader", trusts=[trusted])
    answer = refused(alice(aws), "assume_role", RoleArn=role.arn, RoleSessionName="me")
    assert (answer.code, answer.status) == ("AccessDenied", 403)
    assert answer.message == (
        "User: arn:aws:iam::111122223333:user/alice is not authorized to perform: sts:AssumeRole "
        "on resource: arn:aws:iam::111122223333:role/reader"
    )


def test_a_role_of_another_account_can_trust_ours(aws: AwsServer) -> None:
    """Its own root means its own account only."""
    open_role = aws.world.role("open", account="444455556666", trusts=["111122223333"])
    closed_role = aws.world.role("closed", account="444455556666", trusts=["account root"])
    assert assume(aws, alice(aws), open_role).get_caller_identity()["Account"] == "444455556666"
    assert refused(alice(aws), "assume_role", RoleArn=closed_role.arn, RoleSessionName="me").code == "AccessDenied"


def test_a_role_that_is_not_there_is_refused_like_one_that_does_not_trust(aws: AwsServer) -> None:
    """AWS tells nobody which roles exist."""
    answer = refused(alice(aws), "assume_role", RoleArn="arn:aws:iam::111122223333:role/nothing", RoleSessionName="me")
    assert answer.code == "AccessDenied"
    assert answer.message.endswith("on resource: arn:aws:iam::111122223333:role/nothing")


def test_a_role_can_trust_a_role_or_one_of_its_sessions(aws: AwsServer) -> None:
    """A chain of two; the user itself is not let in, nor a session of another name."""
    first = aws.world.role("first")
    by_role = aws.world.role("by-role", trusts=[first.arn])
    by_session = aws.world.role("by-session", trusts=["arn:aws:sts::111122223333:assumed-role/first/me"])
    other_name = aws.world.role("other", trusts=["arn:aws:sts::111122223333:assumed-role/first/you"])
    session = assume(aws, alice(aws), first)
    assert assume(aws, session, by_role).get_caller_identity()["Arn"].endswith("assumed-role/by-role/me")
    assume(aws, session, by_session)
    assert refused(alice(aws), "assume_role", RoleArn=by_role.arn, RoleSessionName="me").code == "AccessDenied"
    assert refused(session, "assume_role", RoleArn=other_name.arn, RoleSessionName="me").code == "AccessDenied"


def test_a_role_cannot_assume_itself_unless_it_trusts_itself(aws: AwsServer) -> None:
    """AWS dropped the implicit trust."""
    role = aws.world.role("first", trusts=["arn:aws:iam::111122223333:user/alice"])
    session = assume(aws, alice(aws), role)
    assert refused(session, "assume_role", RoleArn=role.arn, RoleSessionName="me").code == "AccessDenied"


@pytest.mark.parametrize("given", [{}, {"ExternalId": "wrong"}, {"ExternalId": "SAMPLE"}])
def test_a_wrong_external_id_is_refused(aws: AwsServer, given: dict[str, str]) -> None:
    """None, another one, and one in capitals."""
    role = aws.world.role("partner", external_id="sample")
    assume(aws, alice(aws), role, ExternalId="sample")
    assert refused(alice(aws), "assume_role", RoleArn=role.arn, RoleSessionName="me", **given).code == "AccessDenied"


def test_an_external_id_that_nobody_asked_for_is_ignored(aws: AwsServer) -> None:
    """As at AWS."""
    assume(aws, alice(aws), aws.world.role("reader"), ExternalId="sample")


def test_a_role_that_wants_mfa_takes_a_code_or_a_session_got_with_one(aws: AwsServer) -> None:
    """And nothing else: no plain key, no session without MFA, no role session, though the role before it had a code."""
    user = aws.world.user()
    device, client = user.mfa_device(), sts(aws, user.access_key())
    role = aws.world.role("admin", require_mfa=True)
    with_code = {"SerialNumber": device.serial, "TokenCode": device.next_code()}
    by_code = assume(aws, client, role, **with_code)
    with_code["TokenCode"] = device.next_code()
    assume(aws, sts(aws, client.get_session_token(**with_code)["Credentials"]), role)
    plain = sts(aws, client.get_session_token()["Credentials"])
    for caller in (client, plain, by_code):
        assert refused(caller, "assume_role", RoleArn=role.arn, RoleSessionName="me").code == "AccessDenied"


def test_a_code_with_session_credentials_is_refused(aws: AwsServer) -> None:
    """A session has no device, and the code stays unspent."""
    user, role = aws.world.user(), aws.world.role("reader")
    device, client = user.mfa_device(), sts(aws, user.access_key())
    given = {"SerialNumber": device.serial, "TokenCode": device.next_code()}
    for session in (sts(aws, client.get_session_token()["Credentials"]), assume(aws, client, role)):
        answer = refused(session, "assume_role", RoleArn=role.arn, RoleSessionName="me", **given)
        assert answer.code == "AccessDenied"
        assert "unable to validate MFA code" in answer.message
    assume(aws, client, role, **given)


def test_a_source_identity_goes_through_the_whole_chain(aws: AwsServer) -> None:
    """It is answered, it counts for the next role, it may be said again, and it cannot be changed."""
    role = aws.world.role("reader")
    strict = aws.world.role("strict", require_source_identity=True)
    answer = alice(aws).assume_role(RoleArn=role.arn, RoleSessionName="me", SourceIdentity="alice")
    assert answer["SourceIdentity"] == "alice"
    session = sts(aws, answer["Credentials"])
    assert session.assume_role(RoleArn=strict.arn, RoleSessionName="me")["SourceIdentity"] == "alice"
    third = assume(aws, assume(aws, session, strict, SourceIdentity="alice"), strict)
    changed = refused(third, "assume_role", RoleArn=role.arn, RoleSessionName="me", SourceIdentity="bob")
    assert changed.code == "AccessDenied"
    assert "sts:SetSourceIdentity" in changed.message


def test_a_role_that_wants_a_source_identity_refuses_callers_without(aws: AwsServer) -> None:
    """And takes it from those who set one."""
    role = aws.world.role("strict", require_source_identity=True)
    assert refused(alice(aws), "assume_role", RoleArn=role.arn, RoleSessionName="me").code == "AccessDenied"
    assume(aws, alice(aws), role, SourceIdentity="alice")


@pytest.mark.parametrize("value", ["a", "a b", "aws:alice", "x" * 65])
def test_a_source_identity_of_another_shape_is_refused(aws: AwsServer, value: str) -> None:
    """Too short, a space, reserved, too long."""
    role = aws.world.role("reader")
    answer = refused(alice(aws), "assume_role", RoleArn=role.arn, RoleSessionName="me", SourceIdentity=value)
    assert answer.code == "ValidationError"
