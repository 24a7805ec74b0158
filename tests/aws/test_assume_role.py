"""AssumeRole: trust, MFA, external ID and source identity, as permitted and refused by AWS."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.aws.client import assume_role, expect_refusal, make_alice_client, make_sts_client

if TYPE_CHECKING:
    from tests.aws.server import AwsServer


def test_role_session_has_the_role_name(aws: AwsServer) -> None:
    """In its ARN and its ID; the response and GetCallerIdentity agree."""
    role = aws.world.role("reader")
    answer = make_alice_client(aws).assume_role(RoleArn=role.arn, RoleSessionName="me@example.com")
    assert answer["AssumedRoleUser"]["Arn"] == "arn:aws:sts::111122223333:assumed-role/reader/me@example.com"
    identity = make_sts_client(aws, answer["Credentials"]).get_caller_identity()
    assert identity["Arn"] == answer["AssumedRoleUser"]["Arn"]
    assert identity["UserId"] == answer["AssumedRoleUser"]["AssumedRoleId"]
    assert identity["UserId"].startswith("AROA")
    assert identity["UserId"].endswith(":me@example.com")


def test_role_session_is_in_the_partition_of_the_role(aws: AwsServer) -> None:
    """China and GovCloud have ARNs of their own."""
    user = aws.world.user(partition="aws-cn")
    role = aws.world.role("reader", partition="aws-cn")
    answer = make_sts_client(aws, user.access_key(), "cn-north-1").assume_role(RoleArn=role.arn, RoleSessionName="me")
    assert answer["AssumedRoleUser"]["Arn"] == "arn:aws-cn:sts::111122223333:assumed-role/reader/me"


def test_role_path_is_not_in_the_session_arn(aws: AwsServer) -> None:
    """As at AWS, although the role's ARN contains it."""
    role = aws.world.role("team/blue/reader")
    assert role.arn == "arn:aws:iam::111122223333:role/team/blue/reader"
    arn = assume_role(aws, make_alice_client(aws), role).get_caller_identity()["Arn"]
    assert arn == "arn:aws:sts::111122223333:assumed-role/reader/me"


@pytest.mark.parametrize(
    "trusted",
    ["account root", "111122223333", "arn:aws:iam::111122223333:root", "arn:aws:iam::111122223333:user/alice"],
)
def test_trusted_user_may_assume_the_role(aws: AwsServer, trusted: str) -> None:
    """Trusted by name or by account."""
    assume_role(aws, make_alice_client(aws), aws.world.role("reader", trusts=[trusted]))


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
def test_untrusted_user_is_refused(aws: AwsServer, trusted: str) -> None:
    """The message names the caller and the role, but not the reason."""
    role = aws.world.role("reader", trusts=[trusted])
    answer = expect_refusal(make_alice_client(aws), "assume_role", RoleArn=role.arn, RoleSessionName="me")
    assert (answer.code, answer.status) == ("AccessDenied", 403)
    assert answer.message == (
        "User: arn:aws:iam::111122223333:user/alice is not authorized to perform: sts:AssumeRole "
        "on resource: arn:aws:iam::111122223333:role/reader"
    )


def test_role_in_another_account_may_trust_this_one(aws: AwsServer) -> None:
    """`account root` refers only to the role's own account."""
    open_role = aws.world.role("open", account="444455556666", trusts=["111122223333"])
    closed_role = aws.world.role("closed", account="444455556666", trusts=["account root"])
    assert assume_role(aws, make_alice_client(aws), open_role).get_caller_identity()["Account"] == "444455556666"
    assert (
        expect_refusal(make_alice_client(aws), "assume_role", RoleArn=closed_role.arn, RoleSessionName="me").code
        == "AccessDenied"
    )


def test_missing_role_is_refused_like_an_untrusting_one(aws: AwsServer) -> None:
    """AWS does not reveal which roles exist."""
    answer = expect_refusal(
        make_alice_client(aws), "assume_role", RoleArn="arn:aws:iam::111122223333:role/nothing", RoleSessionName="me"
    )
    assert answer.code == "AccessDenied"
    assert answer.message.endswith("on resource: arn:aws:iam::111122223333:role/nothing")


def test_role_may_trust_a_role_or_a_single_session(aws: AwsServer) -> None:
    """In a chain of two, neither the user itself nor a session with another name is trusted."""
    first = aws.world.role("first")
    by_role = aws.world.role("by-role", trusts=[first.arn])
    by_session = aws.world.role("by-session", trusts=["arn:aws:sts::111122223333:assumed-role/first/me"])
    other_name = aws.world.role("other", trusts=["arn:aws:sts::111122223333:assumed-role/first/you"])
    session = assume_role(aws, make_alice_client(aws), first)
    assert assume_role(aws, session, by_role).get_caller_identity()["Arn"].endswith("assumed-role/by-role/me")
    assume_role(aws, session, by_session)
    assert (
        expect_refusal(make_alice_client(aws), "assume_role", RoleArn=by_role.arn, RoleSessionName="me").code
        == "AccessDenied"
    )
    assert expect_refusal(session, "assume_role", RoleArn=other_name.arn, RoleSessionName="me").code == "AccessDenied"


def test_role_may_assume_itself_only_if_it_trusts_itself(aws: AwsServer) -> None:
    """AWS no longer trusts it implicitly."""
    role = aws.world.role("first", trusts=["arn:aws:iam::111122223333:user/alice"])
    session = assume_role(aws, make_alice_client(aws), role)
    assert expect_refusal(session, "assume_role", RoleArn=role.arn, RoleSessionName="me").code == "AccessDenied"


@pytest.mark.parametrize("given", [{}, {"ExternalId": "wrong"}, {"ExternalId": "SAMPLE"}])
def test_wrong_external_id_is_refused(aws: AwsServer, given: dict[str, str]) -> None:
    """None, a different one, and one in upper case."""
    role = aws.world.role("partner", external_id="sample")
    assume_role(aws, make_alice_client(aws), role, ExternalId="sample")
    assert (
        expect_refusal(make_alice_client(aws), "assume_role", RoleArn=role.arn, RoleSessionName="me", **given).code
        == "AccessDenied"
    )


def test_unneeded_external_id_is_ignored(aws: AwsServer) -> None:
    """As at AWS."""
    assume_role(aws, make_alice_client(aws), aws.world.role("reader"), ExternalId="sample")


def test_role_that_requires_mfa_accepts_a_code_or_an_mfa_session(aws: AwsServer) -> None:
    """It refuses a plain key, a session without MFA, and a role session, even one obtained with a code."""
    user = aws.world.user()
    device, client = user.mfa_device(), make_sts_client(aws, user.access_key())
    role = aws.world.role("admin", require_mfa=True)
    with_code = {"SerialNumber": device.serial, "TokenCode": device.next_code()}
    by_code = assume_role(aws, client, role, **with_code)
    with_code["TokenCode"] = device.next_code()
    assume_role(aws, make_sts_client(aws, client.get_session_token(**with_code)["Credentials"]), role)
    plain = make_sts_client(aws, client.get_session_token()["Credentials"])
    for caller in (client, plain, by_code):
        assert expect_refusal(caller, "assume_role", RoleArn=role.arn, RoleSessionName="me").code == "AccessDenied"


def test_code_with_session_credentials_is_refused(aws: AwsServer) -> None:
    """A session has no device, and the code remains unused."""
    user, role = aws.world.user(), aws.world.role("reader")
    device, client = user.mfa_device(), make_sts_client(aws, user.access_key())
    given = {"SerialNumber": device.serial, "TokenCode": device.next_code()}
    for session in (make_sts_client(aws, client.get_session_token()["Credentials"]), assume_role(aws, client, role)):
        answer = expect_refusal(session, "assume_role", RoleArn=role.arn, RoleSessionName="me", **given)
        assert answer.code == "AccessDenied"
        assert "unable to validate MFA code" in answer.message
    assume_role(aws, client, role, **given)


def test_source_identity_is_passed_along_the_chain(aws: AwsServer) -> None:
    """It is returned, satisfies the next role, may be repeated, and cannot be changed."""
    role = aws.world.role("reader")
    strict = aws.world.role("strict", require_source_identity=True)
    answer = make_alice_client(aws).assume_role(RoleArn=role.arn, RoleSessionName="me", SourceIdentity="alice")
    assert answer["SourceIdentity"] == "alice"
    session = make_sts_client(aws, answer["Credentials"])
    assert session.assume_role(RoleArn=strict.arn, RoleSessionName="me")["SourceIdentity"] == "alice"
    third = assume_role(aws, assume_role(aws, session, strict, SourceIdentity="alice"), strict)
    changed = expect_refusal(third, "assume_role", RoleArn=role.arn, RoleSessionName="me", SourceIdentity="bob")
    assert changed.code == "AccessDenied"
    assert "sts:SetSourceIdentity" in changed.message


def test_role_that_requires_a_source_identity_refuses_callers_without(aws: AwsServer) -> None:
    """It accepts one set by the caller."""
    role = aws.world.role("strict", require_source_identity=True)
    assert (
        expect_refusal(make_alice_client(aws), "assume_role", RoleArn=role.arn, RoleSessionName="me").code
        == "AccessDenied"
    )
    assume_role(aws, make_alice_client(aws), role, SourceIdentity="alice")


@pytest.mark.parametrize("value", ["a", "a b", "aws:alice", "x" * 65])
def test_invalid_source_identity_is_refused(aws: AwsServer, value: str) -> None:
    """Too short, with a space, reserved, and too long."""
    role = aws.world.role("reader")
    answer = expect_refusal(
        make_alice_client(aws), "assume_role", RoleArn=role.arn, RoleSessionName="me", SourceIdentity=value
    )
    assert answer.code == "ValidationError"
