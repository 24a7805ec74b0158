"""AssumeRole's durations and the shapes of its parameters, with AWS's limits and in its words."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from tests.aws.client import alice, assume, refused, sts

if TYPE_CHECKING:
    from tests.aws.server import AwsServer

CHAINED = "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining"
TOO_LONG = "The requested DurationSeconds exceeds the MaxSessionDuration set for this role."


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
