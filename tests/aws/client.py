"""boto3 as the client in this folder's tests: keys and address explicit, one try, and no validation of its own."""

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


class Refused(Record):
    """What AWS said when it refused."""

    code: str
    message: str
    status: int


def sts(aws: AwsServer, key: AccessKey | Mapping[str, str], region: str = "eu-west-1", config: Config = CONFIG) -> Any:
    """Return an STS client that signs with a user's key, or with the Credentials of an answer."""
    return client(aws, "sts", key, region, config)


def iam(aws: AwsServer, key: AccessKey | Mapping[str, str], region: str = "us-east-1") -> Any:
    """Return an IAM client that signs with a user's key, or with the Credentials of an answer."""
    return client(aws, "iam", key, region)


def client(
    aws: AwsServer, service: str, key: AccessKey | Mapping[str, str], region: str, config: Config = CONFIG
) -> Any:
    """Return a client of any service."""
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


def unsigned(aws: AwsServer, service: str) -> Any:
    """Return a client of a service that takes no signature."""
    config = CONFIG.merge(Config(signature_version=UNSIGNED))
    return _session().client(service, region_name="eu-west-1", endpoint_url=aws.url, config=config)


def refused(client: Any, method: str, **parameters: Any) -> Refused:
    """Call a method that has to be refused, and return the refusal."""
    try:
        getattr(client, method)(**parameters)
    except ClientError as error:
        answer: Any = error.response
        return Refused(
            answer["Error"]["Code"], answer["Error"]["Message"], answer["ResponseMetadata"]["HTTPStatusCode"]
        )
    raise AssertionError(f"{method} was not refused")


def alice(aws: AwsServer) -> Any:
    """Return a client that signs with a user's own key."""
    return sts(aws, aws.world.user().access_key())


def assume(aws: AwsServer, client: Any, role: Role, **more: Any) -> Any:
    """Assume a role that lets us, and return a client of its session."""
    answer = client.assume_role(RoleArn=role.arn, RoleSessionName="me", **more)
    return sts(aws, answer["Credentials"])


_sessions: list[boto3.session.Session] = []


def _session() -> Any:
    """Return one boto3 session for all tests: loading its data takes longer than most of them."""
    if not _sessions:
        _sessions.append(boto3.session.Session())
    return _sessions[0]
