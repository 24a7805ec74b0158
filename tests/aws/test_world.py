"""What the world behind the server remembers of its calls, and how its credentials end."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from tests.aws.client import refused, sts

if TYPE_CHECKING:
    from tests.aws.server import AwsServer


def test_a_call_is_logged_whole(aws: AwsServer) -> None:
    """Who, what, where and when; a code only as a mark, and no secret anywhere."""
    user, role = aws.world.user(), aws.world.role("admin", require_mfa=True)
    key, device = user.access_key(), user.mfa_device()
    code = device.next_code()
    more = {"SerialNumber": device.serial, "TokenCode": code}
    answer = sts(aws, key).assume_role(RoleArn=role.arn, RoleSessionName="me", **more)["Credentials"]
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


def test_a_refusal_is_logged_with_its_code(aws: AwsServer) -> None:
    """Without a principal where the signature did not hold."""
    client = sts(aws, aws.world.user().access_key())
    refused(client, "get_session_token", DurationSeconds=1)
    aws.world.clock_skew = 1000
    refused(client, "get_caller_identity")
    logged = [(call.action, call.outcome, call.principal) for call in aws.world.calls]
    assert logged == [
        ("GetSessionToken", "ValidationError", "arn:aws:iam::111122223333:user/alice"),
        ("GetCallerIdentity", "SignatureDoesNotMatch", ""),
    ]


def test_calls_are_counted_by_action_and_outcome(aws: AwsServer) -> None:
    """Refused ones count unless only those that went well are asked for."""
    client = sts(aws, aws.world.user().access_key())
    client.get_session_token()
    refused(client, "get_session_token", DurationSeconds=1)
    assert aws.world.count("GetSessionToken") == 2
    assert aws.world.count("GetSessionToken", "ok") == 1
    assert aws.world.count("AssumeRole") == 0


def test_a_deleted_key_is_unknown_and_its_sessions_live_on(aws: AwsServer) -> None:
    """As at AWS."""
    key = aws.world.user().access_key()
    client = sts(aws, key)
    session = sts(aws, client.get_session_token()["Credentials"])
    aws.world.delete_key(key.id)
    assert refused(client, "get_caller_identity").code == "InvalidClientTokenId"
    session.get_caller_identity()


def test_a_session_can_be_revoked_or_ended(aws: AwsServer) -> None:
    """Revoked it is unknown, ended it is expired; a user's own key cannot end."""
    key = aws.world.user().access_key()
    first, second = (sts(aws, key).get_session_token()["Credentials"] for _ in range(2))
    aws.world.revoke(first["AccessKeyId"])
    aws.world.expire(second["AccessKeyId"])
    assert refused(sts(aws, first), "get_caller_identity").code == "InvalidClientTokenId"
    assert refused(sts(aws, second), "get_caller_identity").code == "ExpiredToken"
    with pytest.raises(ValueError, match="does not expire"):
        aws.world.expire(key.id)


def test_a_user_of_the_same_name_is_the_same_user(aws: AwsServer) -> None:
    """So a test can name it again instead of passing it around."""
    assert aws.world.user() is aws.world.user("alice")
    assert aws.world.user() is not aws.world.user("alice", "444455556666")
