"""AssumeRole: trust, MFA, external id, durations, source identity and tags, as AWS allows and refuses them."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import pytest

from tests.aws.client import refused, sts

if TYPE_CHECKING:
    from tests.aws.identities import Role
    from tests.aws.server import AwsServer

CHAINED = "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining"
TOO_LONG = "The requested DurationSeconds exceeds the MaxSessionDuration set for this role."


def alice(aws: AwsServer) -> Any:
    """Return a client that signs with a user's own key."""
    return sts(aws, aws.world.user().access_key())


def assume(aws: AwsServer, client: Any, role: Role, **more: Any) -> Any:
    """Assume a role that lets us, and return a client of its session."""
    answer = client.assume_role(RoleArn=role.arn, RoleSessionName="me", **more)
    return sts(aws, answer["Credentials"])


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


@pytest.mark.parametrize(
    ("asked", "seconds"), [({}, 3600), ({"DurationSeconds": 900}, 900), ({"DurationSeconds": 43200}, 43200)]
)
def test_a_role_session_lasts_as_long_as_asked(aws: AwsServer, asked: dict[str, int], seconds: int) -> None:
    """An hour where nothing was asked for, up to the role's own limit."""
    role = aws.world.role("reader", max_duration=43200)
    minted = alice(aws).assume_role(RoleArn=role.arn, RoleSessionName="me", **asked)["Credentials"]
    assert 0 <= minted["Expiration"].timestamp() - time.time() - seconds + 2 <= 4


def test_more_than_the_roles_limit_is_refused(aws: AwsServer) -> None:
    """A role's own limit is an hour unless it says more."""
    role = aws.world.role("reader")
    answer = refused(alice(aws), "assume_role", RoleArn=role.arn, RoleSessionName="me", DurationSeconds=3601)
    assert (answer.code, answer.message, answer.status) == ("ValidationError", TOO_LONG, 400)


@pytest.mark.parametrize(("seconds", "limit"), [(899, "equal to 900"), (43201, "equal to 43200")])
def test_a_duration_that_no_role_has_is_refused(aws: AwsServer, seconds: int, limit: str) -> None:
    """From fifteen minutes to twelve hours."""
    role = aws.world.role("reader", max_duration=43200)
    answer = refused(alice(aws), "assume_role", RoleArn=role.arn, RoleSessionName="me", DurationSeconds=seconds)
    assert answer.code == "ValidationError"
    assert answer.message.endswith(limit)


def test_a_role_over_a_session_lasts_an_hour_at_most(aws: AwsServer) -> None:
    """AWS counts a role's session and a session token's as chaining, whatever the role allows, with MFA or without."""
    user, role = aws.world.user(), aws.world.role("reader", max_duration=43200)
    device, client = user.mfa_device(), sts(aws, user.access_key())
    with_mfa = client.get_session_token(SerialNumber=device.serial, TokenCode=device.next_code())
    for session in (sts(aws, with_mfa["Credentials"]), assume(aws, client, role)):
        answer = refused(session, "assume_role", RoleArn=role.arn, RoleSessionName="me", DurationSeconds=3601)
        assert (answer.code, answer.message, answer.status) == ("ValidationError", CHAINED, 400)
        assume(aws, session, role, DurationSeconds=3600)


def test_a_limit_that_aws_does_not_know_cannot_be_set(aws: AwsServer) -> None:
    """A test would otherwise rely on a role that cannot exist."""
    with pytest.raises(ValueError, match="3600 to 43200"):
        aws.world.role("reader", max_duration=900)


@pytest.mark.parametrize("name", ["", "a", "a" * 65, "a b", "a:b", "é" * 3, "a/b", "a\n"])
def test_a_session_name_of_another_shape_is_refused(aws: AwsServer, name: str) -> None:
    """Two to 64 characters of a small set."""
    role = aws.world.role("reader")
    answer = refused(alice(aws), "assume_role", RoleArn=role.arn, RoleSessionName=name)
    assert answer.code == "ValidationError"
    assert "at 'roleSessionName' failed to satisfy constraint: " in answer.message


@pytest.mark.parametrize("name", ["ab", "a" * 64, "a.b+c=d,e@f-g_9"])
def test_a_session_name_of_the_right_shape_is_taken(aws: AwsServer, name: str) -> None:
    """The shortest, the longest, and every kind of character."""
    alice(aws).assume_role(RoleArn=aws.world.role("reader").arn, RoleSessionName=name)


@pytest.mark.parametrize(
    "arn", ["arn:aws:iam::111122223333:user/alice", "arn:aws:iam::1:role/reader-reader", "reader-reader-reader-reader"]
)
def test_what_is_no_role_arn_is_refused(aws: AwsServer, arn: str) -> None:
    """Long enough, but of another shape."""
    answer = refused(alice(aws), "assume_role", RoleArn=arn, RoleSessionName="me")
    assert (answer.code, answer.message) == ("ValidationError", "Request ARN is invalid")


def test_all_that_is_wrong_with_the_shapes_is_named_at_once(aws: AwsServer) -> None:
    """What is missing, too."""
    answer = refused(alice(aws), "assume_role", RoleArn="short", TokenCode="1")
    assert answer.message.startswith("3 validation errors detected: Value 'short' at 'roleArn' failed")
    assert "Value null at 'roleSessionName' failed to satisfy constraint: Member must not be null" in answer.message
    assert "Value '1' at 'tokenCode' failed" in answer.message


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
