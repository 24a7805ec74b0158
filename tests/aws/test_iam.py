"""IAM's access keys: two per user, unknown at first, and inaccessible to sessions without MFA, as at AWS."""

from __future__ import annotations

import subprocess
import time
from typing import TYPE_CHECKING, Any

import pytest

from tests.aws.client import Refusal, expect_refusal, make_iam_client, make_sts_client
from tests.aws.identities import AccessKey
from tests.sandbox import aws_cli
from tests.shells.real_shells import clean_env

if TYPE_CHECKING:
    from pathlib import Path

    from tests.aws.server import AwsServer

UNKNOWN = Refusal("InvalidClientTokenId", "The security token included in the request is invalid", 403)


def create_key(client: Any, **parameters: str) -> AccessKey:
    """Create an access key, and return it as a pair."""
    answer = client.create_access_key(**parameters)["AccessKey"]
    return AccessKey(answer["AccessKeyId"], answer["SecretAccessKey"])


def test_key_is_created_listed_deactivated_and_deleted(aws: AwsServer) -> None:
    """The whole life of a second key, managed by the user itself."""
    old = aws.world.user().access_key()
    client = make_iam_client(aws, old)
    new = create_key(client)
    listed = client.list_access_keys()["AccessKeyMetadata"]
    assert [(each["AccessKeyId"], each["Status"]) for each in listed] == [(old.id, "Active"), (new.id, "Active")]
    assert make_sts_client(aws, new).get_caller_identity()["Arn"] == aws.world.user().arn
    client.update_access_key(AccessKeyId=new.id, Status="Inactive")
    assert expect_refusal(make_sts_client(aws, new), "get_caller_identity").code == "InvalidClientTokenId"
    client.update_access_key(AccessKeyId=new.id, Status="Active")
    make_iam_client(aws, new).delete_access_key(AccessKeyId=old.id)
    assert expect_refusal(client, "list_access_keys").code == "InvalidClientTokenId"
    assert [each["AccessKeyId"] for each in make_iam_client(aws, new).list_access_keys()["AccessKeyMetadata"]] == [
        new.id
    ]
    assert str(old.secret) in aws.world.secrets()


def test_list_says_how_old_each_key_is(aws: AwsServer) -> None:
    """A test sets the age; a key made by IAM is new, by the server's clock."""
    user = aws.world.user()
    client = make_iam_client(aws, user.access_key(age=100 * 86400))
    aws.world.clock_skew = 200
    create_key(client)
    ages = [aws.world.now() - each["CreateDate"].timestamp() for each in client.list_access_keys()["AccessKeyMetadata"]]
    assert [round(age / 50) * 50 for age in ages] == [100 * 86400 + 200, 0]


def test_user_has_at_most_two_keys(aws: AwsServer) -> None:
    """Inactive ones count."""
    client = make_iam_client(aws, aws.world.user().access_key())
    second = create_key(client)
    client.update_access_key(AccessKeyId=second.id, Status="Inactive")
    answer = expect_refusal(client, "create_access_key")
    assert answer == Refusal("LimitExceeded", "Cannot exceed quota for AccessKeysPerUser: 2", 409)


@pytest.mark.parametrize("method", ["delete_access_key", "update_access_key", "get_access_key_last_used"])
def test_missing_key_is_not_found(aws: AwsServer, method: str) -> None:
    """Nor is an unknown user."""
    status = {"Status": "Active"} if method == "update_access_key" else {}
    client = make_iam_client(aws, aws.world.user().access_key())
    answer = expect_refusal(client, method, AccessKeyId="AKIAAAAAAAAAAAAAAAAA", **status)
    assert (answer.code, answer.status) == ("NoSuchEntity", 404)
    assert answer.message == "The Access Key with id AKIAAAAAAAAAAAAAAAAA cannot be found."
    with pytest.raises(client.exceptions.NoSuchEntityException):
        client.list_access_keys(UserName="nobody")


def test_other_users_of_the_account_can_be_managed(aws: AwsServer) -> None:
    """But not those of another account."""
    client = make_iam_client(aws, aws.world.user().access_key())
    aws.world.user("carol", "444455556666")
    bob = create_key(client, UserName=aws.world.user("bob").name)
    assert make_sts_client(aws, bob).get_caller_identity()["Arn"].endswith(":user/bob")
    assert expect_refusal(client, "delete_access_key", AccessKeyId=bob.id).code == "NoSuchEntity"
    assert expect_refusal(client, "get_user", UserName="carol").code == "NoSuchEntity"
    assert client.get_user(UserName="bob")["User"]["Arn"] == aws.world.user("bob").arn


def test_new_key_is_unknown_for_a_while(aws: AwsServer) -> None:
    """Except in IAM's list, which includes it at once."""
    aws.world.key_delay = 1.0
    client = make_iam_client(aws, aws.world.user().access_key())
    new = create_key(client)
    assert len(client.list_access_keys()["AccessKeyMetadata"]) == 2
    assert expect_refusal(make_sts_client(aws, new), "get_caller_identity").code == "InvalidClientTokenId"
    time.sleep(1.05)
    make_sts_client(aws, new).get_caller_identity()


def test_new_key_is_unknown_for_some_calls(aws: AwsServer) -> None:
    """As many as a test requests, to any service."""
    aws.world.key_refusals = 2
    new = create_key(make_iam_client(aws, aws.world.user().access_key()))
    assert expect_refusal(make_sts_client(aws, new), "get_caller_identity").code == "InvalidClientTokenId"
    assert expect_refusal(make_iam_client(aws, new), "get_user").code == "InvalidClientTokenId"
    make_sts_client(aws, new).get_caller_identity()


def test_session_needs_mfa_for_iam(aws: AwsServer) -> None:
    """A rotation with a plain session token therefore fails."""
    user = aws.world.user()
    key, device = user.access_key(), user.mfa_device()
    plain = make_sts_client(aws, key).get_session_token()["Credentials"]
    proven = make_sts_client(aws, key).get_session_token(SerialNumber=device.serial, TokenCode=device.next_code())[
        "Credentials"
    ]
    assert expect_refusal(make_iam_client(aws, plain), "list_access_keys") == UNKNOWN
    assert make_iam_client(aws, proven).list_access_keys()["AccessKeyMetadata"][0]["UserName"] == "alice"


def test_role_must_name_the_user(aws: AwsServer) -> None:
    """It has no user of its own."""
    role = aws.world.role("admin")
    client = make_sts_client(aws, aws.world.user().access_key())
    session = client.assume_role(RoleArn=role.arn, RoleSessionName="me")["Credentials"]
    answer = expect_refusal(make_iam_client(aws, session), "create_access_key")
    assert answer == Refusal("ValidationError", "Must specify userName when calling with non-User credentials", 400)
    assert make_iam_client(aws, session).get_user(UserName="alice")["User"]["UserName"] == "alice"


def test_policy_denies_an_action_with_aws_message(aws: AwsServer) -> None:
    """One action of one user, and nothing else."""
    user = aws.world.user()
    user.deny.add("DeleteAccessKey")
    key = user.access_key()
    answer = expect_refusal(make_iam_client(aws, key), "delete_access_key", AccessKeyId=key.id)
    assert answer == Refusal(
        "AccessDenied",
        f"User: {user.arn} is not authorized to perform: iam:DeleteAccessKey on resource: user alice "
        "with an explicit deny in an identity-based policy",
        403,
    )
    create_key(make_iam_client(aws, key))


def test_user_with_an_mfa_policy_is_denied_without_mfa(aws: AwsServer) -> None:
    """The common policy that allows a bare key nothing but GetSessionToken."""
    user = aws.world.user()
    user.require_mfa_for_iam = True
    key, device = user.access_key(), user.mfa_device()
    assert expect_refusal(make_iam_client(aws, key), "list_access_keys").code == "AccessDenied"
    session = make_sts_client(aws, key).get_session_token(SerialNumber=device.serial, TokenCode=device.next_code())
    create_key(make_iam_client(aws, session["Credentials"]))


@pytest.mark.parametrize(
    ("partition", "home", "other"),
    [
        ("aws", "us-east-1", "eu-west-1"),
        ("aws-cn", "cn-north-1", "cn-northwest-1"),
        ("aws-us-gov", "us-gov-west-1", "us-gov-east-1"),
        ("aws-eusc", "eusc-de-east-1", "us-east-1"),
    ],
)
def test_iam_accepts_signatures_for_one_region(aws: AwsServer, partition: str, home: str, other: str) -> None:
    """Its endpoint is global in each partition."""
    key = aws.world.user(partition=partition).access_key()
    assert make_iam_client(aws, key, home).get_user()["User"]["UserName"] == "alice"
    answer = expect_refusal(make_iam_client(aws, key, other), "get_user")
    assert (answer.code, answer.status) == ("SignatureDoesNotMatch", 403)
    assert f"not '{other}'" in answer.message


def test_last_use_of_a_key_is_reported(aws: AwsServer) -> None:
    """First never, then with service and region."""
    first, second = (aws.world.user().access_key() for _ in range(2))
    last = make_iam_client(aws, first).get_access_key_last_used(AccessKeyId=second.id)
    assert (last["UserName"], last["AccessKeyLastUsed"]["ServiceName"]) == ("alice", "N/A")
    make_sts_client(aws, second).get_caller_identity()
    last = make_iam_client(aws, first).get_access_key_last_used(AccessKeyId=second.id)["AccessKeyLastUsed"]
    assert (last["ServiceName"], last["Region"]) == ("sts", "eu-west-1")


def test_log_does_not_contain_the_new_secret(aws: AwsServer) -> None:
    """It contains the call but not the response."""
    new = create_key(make_iam_client(aws, aws.world.user().access_key()))
    assert aws.world.count("CreateAccessKey", "ok") == 1
    assert str(new.secret) in aws.world.secrets()
    assert str(new.secret) not in repr(aws.world.calls)


def test_aws_cli_creates_and_deletes_keys(aws: AwsServer, tmp_path: Path) -> None:
    """An independent client accepts the server."""
    key = aws.world.user().access_key()
    env = clean_env(tmp_path, AWS_ENDPOINT_URL=aws.url, AWS_ACCESS_KEY_ID=key.id, AWS_SECRET_ACCESS_KEY=str(key.secret))

    def cli(*words: str) -> str:
        argv = [aws_cli(), "--region", "us-east-1", "--output", "text", "iam", *words]
        return subprocess.run(argv, env=env, capture_output=True, text=True, check=True, timeout=60).stdout

    new = cli("create-access-key", "--query", "AccessKey.AccessKeyId").strip()
    assert cli("list-access-keys", "--query", "AccessKeyMetadata[].AccessKeyId").split() == [key.id, new]
    cli("delete-access-key", "--access-key-id", new)
    assert cli("list-access-keys", "--query", "AccessKeyMetadata[].AccessKeyId").split() == [key.id]
