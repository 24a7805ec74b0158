"""GetCallerIdentity and GetSessionToken: success, and errors with AWS's messages."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from tests.aws.client import expect_refusal, make_sts_client

if TYPE_CHECKING:
    from tests.aws.devices import MfaDevice
    from tests.aws.server import AwsServer

NOT_YOURS = (
    "MultiFactorAuthentication failed, unable to validate MFA code.  "
    "Please verify your MFA serial number is valid and associated with this user."
)


def test_user_gets_its_identity(aws: AwsServer) -> None:
    """With nothing but its key."""
    identity = make_sts_client(aws, aws.world.user("bob", "444455556666").access_key()).get_caller_identity()
    assert identity["Arn"] == "arn:aws:iam::444455556666:user/bob"
    assert identity["Account"] == "444455556666"
    assert identity["UserId"].startswith("AIDA")


def test_session_token_has_the_identity_of_the_user(aws: AwsServer) -> None:
    """The same ARN and ID, with other credentials."""
    key = aws.world.user().access_key()
    credentials = make_sts_client(aws, key).get_session_token()["Credentials"]
    assert credentials["AccessKeyId"].startswith("ASIA")
    assert len(credentials["AccessKeyId"]) == len(key.id) == 20
    assert len(credentials["SecretAccessKey"]) == len(key.secret) == 40
    own, by_session = (
        make_sts_client(aws, key).get_caller_identity(),
        make_sts_client(aws, credentials).get_caller_identity(),
    )
    assert (own["Arn"], own["UserId"]) == (by_session["Arn"], by_session["UserId"])


def test_keys_have_aws_format(aws: AwsServer) -> None:
    """AKIA followed by 16 base32 characters, and each key is unique."""
    keys = [aws.world.user().access_key() for _ in range(5)]
    assert all(key.id[:4] == "AKIA" and key.id[4:].isalnum() and key.id.isupper() for key in keys)
    assert len({key.id for key in keys} | {str(key.secret) for key in keys}) == 10


@pytest.mark.parametrize(
    ("requested", "seconds"), [({}, 43200), ({"DurationSeconds": 900}, 900), ({"DurationSeconds": 129600}, 129600)]
)
def test_session_has_the_requested_duration(aws: AwsServer, requested: dict[str, int], seconds: int) -> None:
    """Twelve hours by default."""
    credentials = make_sts_client(aws, aws.world.user().access_key()).get_session_token(**requested)["Credentials"]
    assert 0 <= credentials["Expiration"].timestamp() - time.time() - seconds + 2 <= 4


@pytest.mark.parametrize(
    ("seconds", "message"),
    [
        (
            899,
            "at 'durationSeconds' failed to satisfy constraint: Member must have value greater than or equal to 900",
        ),
        (129601, "Member must have value less than or equal to 129600"),
        (-5, "greater than or equal to 900"),
    ],
)
def test_duration_out_of_range_is_refused(aws: AwsServer, seconds: int, message: str) -> None:
    """The range is 15 minutes to 36 hours."""
    answer = expect_refusal(
        make_sts_client(aws, aws.world.user().access_key()), "get_session_token", DurationSeconds=seconds
    )
    assert (answer.code, answer.status) == ("ValidationError", 400)
    assert answer.message.startswith("1 validation error detected: ")
    assert message in answer.message


def test_world_may_issue_shorter_sessions(aws: AwsServer) -> None:
    """This lets tests wait for sessions to expire."""
    aws.world.session_life = 1
    credentials = make_sts_client(aws, aws.world.user().access_key()).get_session_token()["Credentials"]
    assert credentials["Expiration"].timestamp() - time.time() < 3


def test_token_has_the_configured_length(aws: AwsServer) -> None:
    """AWS sets no limit, and long ones occur."""
    client = make_sts_client(aws, aws.world.user().access_key())
    assert len(client.get_session_token()["Credentials"]["SessionToken"]) == 350
    aws.world.token_length = 5000
    credentials = client.get_session_token()["Credentials"]
    assert len(credentials["SessionToken"]) == 5000
    make_sts_client(aws, credentials).get_caller_identity()


def test_session_cannot_get_a_session_token(aws: AwsServer) -> None:
    """Neither a session of a user nor one of a role."""
    role = aws.world.role("reader")
    client = make_sts_client(aws, aws.world.user().access_key())
    for credentials in (client.get_session_token(), client.assume_role(RoleArn=role.arn, RoleSessionName="me")):
        answer = expect_refusal(make_sts_client(aws, credentials["Credentials"]), "get_session_token")
        assert (answer.code, answer.status) == ("AccessDenied", 403)
        assert answer.message == "Cannot call GetSessionToken with session credentials"


def test_code_works_once(aws: AwsServer) -> None:
    """The second time, it is a wrong one."""
    user = aws.world.user()
    device, client = user.mfa_device(), make_sts_client(aws, user.access_key())
    given = {"SerialNumber": device.serial, "TokenCode": device.next_code()}
    client.get_session_token(**given)
    answer = expect_refusal(client, "get_session_token", **given)
    assert (answer.code, answer.status) == ("AccessDenied", 403)
    assert answer.message == "MultiFactorAuthentication failed with invalid MFA one time pass code. "


def test_code_works_once_across_actions(aws: AwsServer) -> None:
    """Used for a role, it cannot be used for a session token."""
    user, role = aws.world.user(), aws.world.role("admin", require_mfa=True)
    device, client = user.mfa_device(), make_sts_client(aws, user.access_key())
    given = {"SerialNumber": device.serial, "TokenCode": device.next_code()}
    client.assume_role(RoleArn=role.arn, RoleSessionName="me", **given)
    assert "invalid MFA one time pass code" in expect_refusal(client, "get_session_token", **given).message
    client.get_session_token(SerialNumber=device.serial, TokenCode=device.next_code())


def test_wrong_code_is_refused(aws: AwsServer) -> None:
    """One that the device shows at another time."""
    user = aws.world.user()
    device = user.mfa_device()
    wrong = next(code for step in range(9) if (code := device.code(step * 30)) not in _list_valid_codes(aws, device))
    answer = expect_refusal(
        make_sts_client(aws, user.access_key()), "get_session_token", SerialNumber=device.serial, TokenCode=wrong
    )
    assert (answer.code, answer.status) == ("AccessDenied", 403)
    assert answer.message == "MultiFactorAuthentication failed with invalid MFA one time pass code. "


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("12345", "Member must have length greater than or equal to 6"),
        ("1234567", "Member must have length less than or equal to 6"),
        ("12345x", "Member must satisfy regular expression pattern: [\\d]*"),
        ("١٢٣٤٥٦", "Member must satisfy regular expression pattern: [\\d]*"),
    ],
)
def test_malformed_code_is_refused(aws: AwsServer, code: str, message: str) -> None:
    """It must consist of six ASCII digits."""
    user = aws.world.user()
    device, client = user.mfa_device(), make_sts_client(aws, user.access_key())
    answer = expect_refusal(client, "get_session_token", SerialNumber=device.serial, TokenCode=code)
    assert answer.code == "ValidationError"
    assert f"Value '{code}' at 'tokenCode' failed to satisfy constraint: {message}" in answer.message


@pytest.mark.parametrize("name", ["SerialNumber", "TokenCode"])
def test_serial_and_code_must_come_together(aws: AwsServer, name: str) -> None:
    """Either one alone is refused."""
    user = aws.world.user()
    device = user.mfa_device()
    given = {"SerialNumber": device.serial, "TokenCode": device.next_code()}
    answer = expect_refusal(make_sts_client(aws, user.access_key()), "get_session_token", **{name: given[name]})
    assert answer.code == "AccessDenied"
    assert "must provide both MFA serial number and one time pass code" in answer.message


def test_device_of_another_user_is_refused(aws: AwsServer) -> None:
    """Although its code is valid; the error for a nonexistent device is the same."""
    client = make_sts_client(aws, aws.world.user("alice").access_key())
    device = aws.world.user("bob").mfa_device()
    for serial in (device.serial, "arn:aws:iam::111122223333:mfa/nobody"):
        answer = expect_refusal(client, "get_session_token", SerialNumber=serial, TokenCode=device.next_code())
        assert (answer.code, answer.message) == ("AccessDenied", NOT_YOURS)


def _list_valid_codes(aws: AwsServer, device: MfaDevice) -> set[str]:
    """Return the codes that the server accepts in this and the next step."""
    return {device.code(aws.world.now() + distance * 30) for distance in (-1, 0, 1, 2)}
