"""IAM's access keys: two a user, unknown for a while, and closed to sessions without MFA, as at AWS."""

from __future__ import annotations

import subprocess
import time
from typing import TYPE_CHECKING, Any

import pytest

from tests.aws.client import Refused, iam, refused, sts
from tests.aws.identities import AccessKey
from tests.sandbox import aws_cli
from tests.shells.real_shells import clean_env

if TYPE_CHECKING:
    from pathlib import Path

    from tests.aws.server import AwsServer

UNKNOWN = Refused("InvalidClientTokenId", "The security token included in the request is invalid", 403)


def made(client: Any, **parameters: str) -> AccessKey:
    """Create a key and return it as a pair."""
    answer = client.create_access_key(**parameters)["AccessKey"]
    return AccessKey(answer["AccessKeyId"], answer["SecretAccessKey"])


def test_a_key_is_made_listed_switched_off_and_deleted(aws: AwsServer) -> None:
    """The whole life of a second key, for the user who signs."""
    old = aws.world.user().access_key()
    client = iam(aws, old)
    new = made(client)
    listed = client.list_access_keys()["AccessKeyMetadata"]
    assert [(each["AccessKeyId"], each["Status"]) for each in listed] == [(old.id, "Active"), (new.id, "Active")]
    assert sts(aws, new).get_caller_identity()["Arn"] == aws.world.user().arn
    client.update_access_key(AccessKeyId=new.id, Status="Inactive")
    assert refused(sts(aws, new), "get_caller_identity").code == "InvalidClientTokenId"
    client.update_access_key(AccessKeyId=new.id, Status="Active")
    iam(aws, new).delete_access_key(AccessKeyId=old.id)
    assert refused(client, "list_access_keys").code == "InvalidClientTokenId"
    assert [each["AccessKeyId"] for each in iam(aws, new).list_access_keys()["AccessKeyMetadata"]] == [new.id]
    assert str(old.secret) in aws.world.secrets()


def test_a_user_has_two_keys_at_most(aws: AwsServer) -> None:
    """Inactive ones count."""
    client = iam(aws, aws.world.user().access_key())
    second = made(client)
    client.update_access_key(AccessKeyId=second.id, Status="Inactive")
    answer = refused(client, "create_access_key")
    assert answer == Refused("LimitExceeded", "Cannot exceed quota for AccessKeysPerUser: 2", 409)


@pytest.mark.parametrize("method", ["delete_access_key", "update_access_key", "get_access_key_last_used"])
def test_a_key_that_is_not_there_is_no_entity(aws: AwsServer, method: str) -> None:
    """Nor is one of another user, for what names the user."""
    status = {"Status": "Active"} if method == "update_access_key" else {}
    client = iam(aws, aws.world.user().access_key())
    answer = refused(client, method, AccessKeyId="AKIAAAAAAAAAAAAAAAAA", **status)
    assert (answer.code, answer.status) == ("NoSuchEntity", 404)
    assert answer.message == "The Access Key with id AKIAAAAAAAAAAAAAAAAA cannot be found."
    with pytest.raises(client.exceptions.NoSuchEntityException):
        client.list_access_keys(UserName="nobody")


def test_another_user_can_be_named(aws: AwsServer) -> None:
    """In the same account only."""
    client = iam(aws, aws.world.user().access_key())
    aws.world.user("carol", "444455556666")
    bob = made(client, UserName=aws.world.user("bob").name)
    assert sts(aws, bob).get_caller_identity()["Arn"].endswith(":user/bob")
    assert refused(client, "delete_access_key", AccessKeyId=bob.id).code == "NoSuchEntity"
    assert refused(client, "get_user", UserName="carol").code == "NoSuchEntity"
    assert client.get_user(UserName="bob")["User"]["Arn"] == aws.world.user("bob").arn


def test_a_new_key_is_unknown_for_seconds(aws: AwsServer) -> None:
    """Everywhere but in IAM's list, which has it at once."""
    aws.world.key_delay = 1.0
    client = iam(aws, aws.world.user().access_key())
    new = made(client)
    assert len(client.list_access_keys()["AccessKeyMetadata"]) == 2
    assert refused(sts(aws, new), "get_caller_identity").code == "InvalidClientTokenId"
    time.sleep(1.05)
    sts(aws, new).get_caller_identity()


def test_a_new_key_is_unknown_for_calls(aws: AwsServer) -> None:
    """As many as a test says, at whichever service."""
    aws.world.key_refusals = 2
    new = made(iam(aws, aws.world.user().access_key()))
    assert refused(sts(aws, new), "get_caller_identity").code == "InvalidClientTokenId"
    assert refused(iam(aws, new), "get_user").code == "InvalidClientTokenId"
    sts(aws, new).get_caller_identity()


def test_a_session_without_mfa_is_refused_and_one_with_it_admitted(aws: AwsServer) -> None:
    """So a rotation over a plain session token fails."""
    user = aws.world.user()
    key, device = user.access_key(), user.mfa_device()
    plain = sts(aws, key).get_session_token()["Credentials"]
    proven = sts(aws, key).get_session_token(SerialNumber=device.serial, TokenCode=device.next_code())["Credentials"]
    assert refused(iam(aws, plain), "list_access_keys") == UNKNOWN
    assert iam(aws, proven).list_access_keys()["AccessKeyMetadata"][0]["UserName"] == "alice"


def test_a_role_must_name_the_user(aws: AwsServer) -> None:
    """It has none of its own."""
    role = aws.world.role("admin")
    client = sts(aws, aws.world.user().access_key())
    session = client.assume_role(RoleArn=role.arn, RoleSessionName="me")["Credentials"]
    answer = refused(iam(aws, session), "create_access_key")
    assert answer == Refused("ValidationError", "Must specify userName when calling with non-User credentials", 400)
    assert iam(aws, session).get_user(UserName="alice")["User"]["UserName"] == "alice"


def test_a_policy_denies_in_awss_words(aws: AwsServer) -> None:
    """One action to one user, and nothing else."""
    user = aws.world.user()
    user.deny.add("DeleteAccessKey")
    key = user.access_key()
    answer = refused(iam(aws, key), "delete_access_key", AccessKeyId=key.id)
    assert answer == Refused(
        "AccessDenied",
        f"User: {user.arn} is not authorized to perform: iam:DeleteAccessKey on resource: user alice "
        "with an explicit deny in an identity-based policy",
        403,
    )
    made(iam(aws, key))


def test_a_user_whose_policy_asks_for_mfa_is_denied_without_it(aws: AwsServer) -> None:
    """The widespread policy that leaves a bare key nothing but GetSessionToken."""
    user = aws.world.user()
    user.require_mfa_for_iam = True
    key, device = user.access_key(), user.mfa_device()
    assert refused(iam(aws, key), "list_access_keys").code == "AccessDenied"
    session = sts(aws, key).get_session_token(SerialNumber=device.serial, TokenCode=device.next_code())
    made(iam(aws, session["Credentials"]))


@pytest.mark.parametrize(
    ("partition", "home", "other"),
    [
        ("aws", "us-east-1", "eu-west-1"),
        ("aws-cn", "cn-north-1", "cn-northwest-1"),
        ("aws-us-gov", "us-gov-west-1", "us-gov-east-1"),
        ("aws-eusc", "eusc-de-east-1", "us-east-1"),
    ],
)
def test_iam_takes_signatures_for_one_region(aws: AwsServer, partition: str, home: str, other: str) -> None:
    """Its endpoint is global in each partition."""
    key = aws.world.user(partition=partition).access_key()
    assert iam(aws, key, home).get_user()["User"]["UserName"] == "alice"
    answer = refused(iam(aws, key, other), "get_user")
    assert (answer.code, answer.status) == ("SignatureDoesNotMatch", 403)
    assert f"not '{other}'" in answer.message


def test_the_last_use_of_a_key_is_known(aws: AwsServer) -> None:
    """Never, and then by which service where."""
    first, second = (aws.world.user().access_key() for _ in range(2))
    last = iam(aws, first).get_access_key_last_used(AccessKeyId=second.id)
    assert (last["UserName"], last["AccessKeyLastUsed"]["ServiceName"]) == ("alice", "N/A")
    sts(aws, second).get_caller_identity()
    last = iam(aws, first).get_access_key_last_used(AccessKeyId=second.id)["AccessKeyLastUsed"]
    assert (last["ServiceName"], last["Region"]) == ("sts", "eu-west-1")


def test_the_log_has_no_new_secret(aws: AwsServer) -> None:
    """The call is there by its name, and what it answered is not."""
    new = made(iam(aws, aws.world.user().access_key()))
    assert aws.world.count("CreateAccessKey", "ok") == 1
    assert str(new.secret) in aws.world.secrets()
    assert str(new.secret) not in repr(aws.world.calls)


def test_the_aws_cli_makes_and_deletes_keys(aws: AwsServer, tmp_path: Path) -> None:
    """A client that is not ours, from outside."""
    key = aws.world.user().access_key()
    env = clean_env(tmp_path, AWS_ENDPOINT_URL=aws.url, AWS_ACCESS_KEY_ID=key.id, AWS_SECRET_ACCESS_KEY=str(key.secret))

    def cli(*words: str) -> str:
        argv = [aws_cli(), "--region", "us-east-1", "--output", "text", "iam", *words]
        return subprocess.run(argv, env=env, capture_output=True, text=True, check=True, timeout=60).stdout

    new = cli("create-access-key", "--query", "AccessKey.AccessKeyId").strip()
    assert cli("list-access-keys", "--query", "AccessKeyMetadata[].AccessKeyId").split() == [key.id, new]
    cli("delete-access-key", "--access-key-id", new)
    assert cli("list-access-keys", "--query", "AccessKeyMetadata[].AccessKeyId").split() == [key.id]
