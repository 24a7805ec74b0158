"""AssumeRole's durations and parameter formats, with AWS's limits and messages."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from tests.aws.client import assume_role, expect_refusal, make_alice_client, make_sts_client

if TYPE_CHECKING:
    from tests.aws.server import AwsServer

CHAINED = "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining"
TOO_LONG = "The requested DurationSeconds exceeds the MaxSessionDuration set for this role."


@pytest.mark.parametrize(
    ("requested", "seconds"), [({}, 3600), ({"DurationSeconds": 900}, 900), ({"DurationSeconds": 43200}, 43200)]
)
def test_role_session_has_the_requested_duration(aws: AwsServer, requested: dict[str, int], seconds: int) -> None:
    """One hour by default, and up to the role's limit."""
    role = aws.world.role("reader", max_duration=43200)
    credentials = make_alice_client(aws).assume_role(RoleArn=role.arn, RoleSessionName="me", **requested)["Credentials"]
    assert 0 <= credentials["Expiration"].timestamp() - time.time() - seconds + 2 <= 4


def test_exceeding_the_roles_limit_is_refused(aws: AwsServer) -> None:
    """The limit is one hour by default."""
    role = aws.world.role("reader")
    answer = expect_refusal(
        make_alice_client(aws), "assume_role", RoleArn=role.arn, RoleSessionName="me", DurationSeconds=3601
    )
    assert (answer.code, answer.message, answer.status) == ("ValidationError", TOO_LONG, 400)


@pytest.mark.parametrize(("seconds", "limit"), [(899, "equal to 900"), (43201, "equal to 43200")])
def test_duration_out_of_range_is_refused(aws: AwsServer, seconds: int, limit: str) -> None:
    """The range is 15 minutes to 12 hours."""
    role = aws.world.role("reader", max_duration=43200)
    answer = expect_refusal(
        make_alice_client(aws), "assume_role", RoleArn=role.arn, RoleSessionName="me", DurationSeconds=seconds
    )
    assert answer.code == "ValidationError"
    assert answer.message.endswith(limit)


def test_chained_role_session_lasts_at_most_one_hour(aws: AwsServer) -> None:
    """Using a role session or a session token counts as chaining, whatever the role allows, with or without MFA."""
    user, role = aws.world.user(), aws.world.role("reader", max_duration=43200)
    device, client = user.mfa_device(), make_sts_client(aws, user.access_key())
    with_mfa = client.get_session_token(SerialNumber=device.serial, TokenCode=device.next_code())
    for session in (make_sts_client(aws, with_mfa["Credentials"]), assume_role(aws, client, role)):
        answer = expect_refusal(session, "assume_role", RoleArn=role.arn, RoleSessionName="me", DurationSeconds=3601)
        assert (answer.code, answer.message, answer.status) == ("ValidationError", CHAINED, 400)
        assume_role(aws, session, role, DurationSeconds=3600)


def test_role_with_an_impossible_limit_cannot_be_created(aws: AwsServer) -> None:
    """A test must not rely on a role that cannot exist."""
    with pytest.raises(ValueError, match="3600 to 43200"):
        aws.world.role("reader", max_duration=900)


@pytest.mark.parametrize("name", ["", "a", "a" * 65, "a b", "a:b", "é" * 3, "a/b", "a\n"])
def test_invalid_session_name_is_refused(aws: AwsServer, name: str) -> None:
    """It has 2 to 64 characters from a small set."""
    role = aws.world.role("reader")
    answer = expect_refusal(make_alice_client(aws), "assume_role", RoleArn=role.arn, RoleSessionName=name)
    assert answer.code == "ValidationError"
    assert "at 'roleSessionName' failed to satisfy constraint: " in answer.message


@pytest.mark.parametrize("name", ["ab", "a" * 64, "a.b+c=d,e@f-g_9"])
def test_valid_session_name_is_accepted(aws: AwsServer, name: str) -> None:
    """The shortest, the longest, and every kind of character."""
    make_alice_client(aws).assume_role(RoleArn=aws.world.role("reader").arn, RoleSessionName=name)


@pytest.mark.parametrize(
    "arn", ["arn:aws:iam::111122223333:user/alice", "arn:aws:iam::1:role/reader-reader", "reader-reader-reader-reader"]
)
def test_invalid_role_arn_is_refused(aws: AwsServer, arn: str) -> None:
    """Long enough, but malformed."""
    answer = expect_refusal(make_alice_client(aws), "assume_role", RoleArn=arn, RoleSessionName="me")
    assert (answer.code, answer.message) == ("ValidationError", "Request ARN is invalid")


def test_all_violations_are_reported_at_once(aws: AwsServer) -> None:
    """Including missing parameters."""
    answer = expect_refusal(make_alice_client(aws), "assume_role", RoleArn="short", TokenCode="1")
    assert answer.message.startswith("3 validation errors detected: Value 'short' at 'roleArn' failed")
    assert "Value null at 'roleSessionName' failed to satisfy constraint: Member must not be null" in answer.message
    assert "Value '1' at 'tokenCode' failed" in answer.message
