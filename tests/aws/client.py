"""boto3 clients for the tests in this folder: explicit keys and endpoint, no retries, no client-side validation."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import boto3
from botocore import UNSIGNED
from botocore.config import Config
from botocore.exceptions import ClientError

from shellvault.core.record import Record
from tests.aws.identities import AccessKey

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.aws.identities import Role
    from tests.aws.server import AwsServer

CONFIG = Config(
    retries={"total_max_attempts": 1},
    parameter_validation=False,
    connect_timeout=5,
    read_timeout=10,
    max_pool_connections=60,
)


class Refusal(Record):
    """An error returned by AWS."""

    code: str
    message: str
    status: int


def make_sts_client(
    aws: AwsServer, key: AccessKey | Mapping[str, str], region: str = "eu-west-1", config: Config = CONFIG
) -> Any:
    """Return an STS client that signs with a user's key, or with the Credentials of a response."""
    return make_client(aws, "sts", key, region, config)


def make_iam_client(aws: AwsServer, key: AccessKey | Mapping[str, str], region: str = "us-east-1") -> Any:
    """Return an IAM client that signs with a user's key, or with the Credentials of a response."""
    return make_client(aws, "iam", key, region)


def make_client(
    aws: AwsServer, service: str, key: AccessKey | Mapping[str, str], region: str, config: Config = CONFIG
) -> Any:
    """Return a client for any service."""
    if isinstance(key, AccessKey):
        access_key_id, secret, token = key.id, str(key.secret), None
    else:
        access_key_id, secret, token = key["AccessKeyId"], key["SecretAccessKey"], key["SessionToken"]
    return _session().client(
        service,
        region_name=region,
        endpoint_url=aws.url,
        aws_access_key_id=access_key_id,
        aws_secret_access_key=secret,
        aws_session_token=token,
        config=config,
    )


def make_unsigned_client(aws: AwsServer, service: str) -> Any:
    """Return a client for a service that takes no signature."""
    config = CONFIG.merge(Config(signature_version=UNSIGNED))
    return _session().client(service, region_name="eu-west-1", endpoint_url=aws.url, config=config)


def expect_refusal(client: Any, method: str, **parameters: Any) -> Refusal:
    """Call a method that must be refused, and return the error."""
    try:
        getattr(client, method)(**parameters)
    except ClientError as error:
        answer: Any = error.response
        return Refusal(
            answer["Error"]["Code"], answer["Error"]["Message"], answer["ResponseMetadata"]["HTTPStatusCode"]
        )
    raise AssertionError(f"{method} was not refused")


def make_alice_client(aws: AwsServer) -> Any:
    """Return an STS client that signs with the key of the user alice."""
    return make_sts_client(aws, aws.world.user().access_key())


def assume_role(aws: AwsServer, client: Any, role: Role, **more: Any) -> Any:
    """Assume a role and return an STS client for its session."""
    answer = client.assume_role(RoleArn=role.arn, RoleSessionName="me", **more)
    return make_sts_client(aws, answer["Credentials"])


_sessions: list[boto3.session.Session] = []


def _session() -> Any:
    """Return a boto3 session shared by all tests, as loading its data takes longer than most of them."""
    if not _sessions:
        _sessions.append(boto3.session.Session())
    return _sessions[0]
