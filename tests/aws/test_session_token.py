"""GetCallerIdentity and GetSessionToken: what AWS allows works, and what it refuses is refused in its words."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from tests.aws.client import refused, sts

if TYPE_CHECKING:
    from tests.aws.devices import MfaDevice
    from tests.aws.server import AwsServer

NOT_YOURS = (
    "MultiFactorAuthentication failed, unable to validate MFA code.  "
    "Please verify your MFA serial number is valid and associated with this user."
)


def test_a_user_learns_who_it_is(aws: AwsServer) -> None:
    """With nothing but its key."""
    identity = sts(aws, aws.world.user("bob", "444455556666").access_key()).get_caller_identity()
    assert identity["Arn"] == "arn:aws:iam::444455556666:user/bob"
    assert identity["Account"] == "444455556666"
    assert identity["UserId"].startswith("AIDA")


def test_a_session_token_is_the_user_itself(aws: AwsServer) -> None:
    """Same arn and same id, other credentials."""
    key = aws.world.user().access_key()
    minted = sts(aws, key).get_session_token()["Credentials"]
    assert minted["AccessKeyId"].startswith("ASIA")
    assert len(minted["AccessKeyId"]) == len(key.id) == 20
    assert len(minted["SecretAccessKey"]) == len(key.secret) == 40
    own, by_session = sts(aws, key).get_caller_identity(), sts(aws, minted).get_caller_identity()
    assert (own["Arn"], own["UserId"]) == (by_session["Arn"], by_session["UserId"])


def test_keys_have_awss_shape(aws: AwsServer) -> None:
    """AKIA and 16 characters of base32; every key is another one."""
    keys = [aws.world.user().access_key() for _ in range(5)]
    assert all(key.id[:4] == "AKIA" and key.id[4:].isalnum() and key.id.isupper() for key in keys)
    assert len({key.id for key in keys} | {str(key.secret) for key in keys}) == 10


@pytest.mark.parametrize(
    ("asked", "seconds"), [({}, 43200), ({"DurationSeconds": 900}, 900), ({"DurationSeconds": 129600}, 129600)]
)
def test_a_session_lasts_as_long_as_asked(aws: AwsServer, asked: dict[str, int], seconds: int) -> None:
    """Twelve hours where nothing was asked for."""
    minted = sts(aws, aws.world.user().access_key()).get_session_token(**asked)["Credentials"]
    assert 0 <= minted["Expiration"].timestamp() - time.time() - seconds + 2 <= 4


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
def test_a_duration_out_of_range_is_refused(aws: AwsServer, seconds: int, message: str) -> None:
    """From fifteen minutes to a day and a half."""
    answer = refused(sts(aws, aws.world.user().access_key()), "get_session_token", DurationSeconds=seconds)
    assert (answer.code, answer.status) == ("ValidationError", 400)
    assert answer.message.startswith("1 validation error detected: ")
    assert message in answer.message


def test_a_world_may_mint_shorter_sessions(aws: AwsServer) -> None:
    """For tests of what happens when they end."""
    aws.world.min_duration = 1
    minted = sts(aws, aws.world.user().access_key()).get_session_token(DurationSeconds=1)["Credentials"]
    assert minted["Expiration"].timestamp() - time.time() < 3


def test_a_token_is_as_long_as_the_world_says(aws: AwsServer) -> None:
    """AWS sets no limit, and long ones happen."""
    client = sts(aws, aws.world.user().access_key())
    assert len(client.get_session_token()["Credentials"]["SessionToken"]) == 350
    aws.world.token_length = 5000
    minted = client.get_session_token()["Credentials"]
    assert len(minted["SessionToken"]) == 5000
    sts(aws, minted).get_caller_identity()


def test_a_session_cannot_get_a_session_token(aws: AwsServer) -> None:
    """Neither a session token's session nor a role's."""
    role = aws.world.role("reader")
    client = sts(aws, aws.world.user().access_key())
    for minted in (client.get_session_token(), client.assume_role(RoleArn=role.arn, RoleSessionName="me")):
        answer = refused(sts(aws, minted["Credentials"]), "get_session_token")
        assert (answer.code, answer.status) == ("AccessDenied", 403)
        assert answer.message == "Cannot call GetSessionToken with session credentials"


def test_a_code_works_once(aws: AwsServer) -> None:
    """The second time it is a wrong one."""
    user = aws.world.user()
    device, client = user.mfa_device(), sts(aws, user.access_key())
    given = {"SerialNumber": device.serial, "TokenCode": device.next_code()}
    client.get_session_token(**given)
    answer = refused(client, "get_session_token", **given)
    assert (answer.code, answer.status) == ("AccessDenied", 403)
    assert answer.message == "MultiFactorAuthentication failed with invalid MFA one time pass code. "


def test_a_code_works_once_over_all_actions(aws: AwsServer) -> None:
    """Spent on a role, it is spent for a session token."""
    user, role = aws.world.user(), aws.world.role("admin", require_mfa=True)
    device, client = user.mfa_device(), sts(aws, user.access_key())
    given = {"SerialNumber": device.serial, "TokenCode": device.next_code()}
    client.assume_role(RoleArn=role.arn, RoleSessionName="me", **given)
    assert "invalid MFA one time pass code" in refused(client, "get_session_token", **given).message
    client.get_session_token(SerialNumber=device.serial, TokenCode=device.next_code())


def test_a_wrong_code_is_refused(aws: AwsServer) -> None:
    """One that the device shows at another time."""
    user = aws.world.user()
    device = user.mfa_device()
    wrong = next(code for step in range(9) if (code := device.code(step * 30)) not in _window(aws, device))
    answer = refused(sts(aws, user.access_key()), "get_session_token", SerialNumber=device.serial, TokenCode=wrong)
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
def test_a_malformed_code_is_refused_and_costs_nothing(aws: AwsServer, code: str, message: str) -> None:
    """Six digits of ASCII it has to be."""
    user = aws.world.user()
    device, client = user.mfa_device(), sts(aws, user.access_key())
    answer = refused(client, "get_session_token", SerialNumber=device.serial, TokenCode=code)
    assert answer.code == "ValidationError"
    assert f"Value '{code}' at 'tokenCode' failed to satisfy constraint: {message}" in answer.message


@pytest.mark.parametrize("name", ["SerialNumber", "TokenCode"])
def test_serial_and_code_go_together(aws: AwsServer, name: str) -> None:
    """One of them alone is refused."""
    user = aws.world.user()
    device = user.mfa_device()
    given = {"SerialNumber": device.serial, "TokenCode": device.next_code()}
    answer = refused(sts(aws, user.access_key()), "get_session_token", **{name: given[name]})
    assert answer.code == "AccessDenied"
    assert "must provide both MFA serial number and one time pass code" in answer.message


def test_anothers_device_is_refused(aws: AwsServer) -> None:
    """Though its code is right; and a device that nobody has is refused in the same words."""
    client = sts(aws, aws.world.user("alice").access_key())
    device = aws.world.user("bob").mfa_device()
    for serial in (device.serial, "arn:aws:iam::111122223333:mfa/nobody"):
        answer = refused(client, "get_session_token", SerialNumber=serial, TokenCode=device.next_code())
        assert (answer.code, answer.message) == ("AccessDenied", NOT_YOURS)


def _window(aws: AwsServer, device: MfaDevice) -> set[str]:
    """Return the codes that the server takes now and in the next step."""
    return {device.code(aws.world.now() + distance * 30) for distance in (-1, 0, 1, 2)}
