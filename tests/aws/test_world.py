"""The server's data: recorded calls, and the end of credentials."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from tests.aws.client import expect_refusal, make_sts_client

if TYPE_CHECKING:
    from tests.aws.server import AwsServer


def test_call_is_logged_completely(aws: AwsServer) -> None:
    """Who, what, where and when; codes are masked, and there are no secrets."""
    user, role = aws.world.user(), aws.world.role("admin", require_mfa=True)
    key, device = user.access_key(), user.mfa_device()
    code = device.next_code()
    more = {"SerialNumber": device.serial, "TokenCode": code}
    answer = make_sts_client(aws, key).assume_role(RoleArn=role.arn, RoleSessionName="me", **more)["Credentials"]
    (call,) = aws.world.calls
    assert (call.action, call.outcome, call.region) == ("AssumeRole", "ok", "eu-west-1")
    assert (call.access_key_id, call.principal) == (key.id, user.arn)
    assert call.params == {
        "RoleArn": role.arn,
        "RoleSessionName": "me",
        "SerialNumber": device.serial,
        "TokenCode": "…",
    }
    assert abs(call.time - time.time()) < 5
    secrets = (code, key.secret, answer["SecretAccessKey"], answer["SessionToken"])
    assert not any(str(secret) in repr(call) for secret in secrets)


def test_error_is_logged_with_its_code(aws: AwsServer) -> None:
    """Without a principal if the signature is invalid."""
    client = make_sts_client(aws, aws.world.user().access_key())
    expect_refusal(client, "get_session_token", DurationSeconds=1)
    aws.world.clock_skew = 1000
    expect_refusal(client, "get_caller_identity")
    logged = [(call.action, call.outcome, call.principal) for call in aws.world.calls]
    assert logged == [
        ("GetSessionToken", "ValidationError", "arn:aws:iam::111122223333:user/alice"),
        ("GetCallerIdentity", "SignatureDoesNotMatch", ""),
    ]


def test_calls_are_counted_by_action_and_outcome(aws: AwsServer) -> None:
    """Failed calls count unless an outcome is given."""
    client = make_sts_client(aws, aws.world.user().access_key())
    client.get_session_token()
    expect_refusal(client, "get_session_token", DurationSeconds=1)
    assert aws.world.count("GetSessionToken") == 2
    assert aws.world.count("GetSessionToken", "ok") == 1
    assert aws.world.count("AssumeRole") == 0


def test_deleted_key_is_unknown_and_its_sessions_stay_valid(aws: AwsServer) -> None:
    """As at AWS."""
    key = aws.world.user().access_key()
    client = make_sts_client(aws, key)
    session = make_sts_client(aws, client.get_session_token()["Credentials"])
    aws.world.delete_key(key.id)
    assert expect_refusal(client, "get_caller_identity").code == "InvalidClientTokenId"
    session.get_caller_identity()


def test_session_can_be_revoked_or_expired(aws: AwsServer) -> None:
    """A revoked session is unknown, an expired one is expired; a user's own key cannot expire."""
    key = aws.world.user().access_key()
    first, second = (make_sts_client(aws, key).get_session_token()["Credentials"] for _ in range(2))
    aws.world.revoke(first["AccessKeyId"])
    aws.world.expire(second["AccessKeyId"])
    assert expect_refusal(make_sts_client(aws, first), "get_caller_identity").code == "InvalidClientTokenId"
    assert expect_refusal(make_sts_client(aws, second), "get_caller_identity").code == "ExpiredToken"
    with pytest.raises(ValueError, match="does not expire"):
        aws.world.expire(key.id)


def test_user_with_the_same_name_is_the_same_user(aws: AwsServer) -> None:
    """So a test can refer to it by name."""
    assert aws.world.user() is aws.world.user("alice")
    assert aws.world.user() is not aws.world.user("alice", "444455556666")
