"""GetFederationToken: requires a long-lived key, and restricts what a federated user may do."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.aws.client import expect_refusal, make_iam_client, make_sts_client

if TYPE_CHECKING:
    from tests.aws.server import AwsServer

POLICY = json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]})


def federate(aws: AwsServer, **more: Any) -> Any:
    """Return the response for a federated user created by alice."""
    client = make_sts_client(aws, aws.world.user().access_key())
    return client.get_federation_token(**({"Name": "alice", "Policy": POLICY} | more))


def test_federated_user_has_its_name(aws: AwsServer) -> None:
    """The response and the session agree."""
    answer = federate(aws, PolicyArns=[{"arn": "arn:aws:iam::aws:policy/AdministratorAccess"}], DurationSeconds=129600)
    arn = "arn:aws:sts::111122223333:federated-user/alice"
    assert answer["FederatedUser"] == {"FederatedUserId": "111122223333:alice", "Arn": arn}
    assert make_sts_client(aws, answer["Credentials"]).get_caller_identity()["Arn"] == arn


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"Name": "a"}, "ValidationError"),
        ({"Name": "a" * 33}, "ValidationError"),
        ({"Name": "a b"}, "ValidationError"),
        ({"DurationSeconds": 899}, "ValidationError"),
        ({"DurationSeconds": 129601}, "ValidationError"),
        ({"Policy": "{"}, "MalformedPolicyDocument"),
        ({"Policy": "{}"}, "MalformedPolicyDocument"),
        ({"PolicyArns": [{"arn": "arn:aws:iam::aws:role/Administrator"}]}, "ValidationError"),
    ],
)
def test_invalid_parameters_are_refused(aws: AwsServer, more: dict[str, Any], code: str) -> None:
    """Names have 2 to 32 characters, durations range from 15 minutes to 36 hours, and policies must be valid."""
    client = make_sts_client(aws, aws.world.user().access_key())
    assert expect_refusal(client, "get_federation_token", **({"Name": "alice"} | more)).code == code


def test_session_cannot_create_a_federated_user(aws: AwsServer) -> None:
    """Neither a user's session nor a federated one."""
    client = make_sts_client(aws, aws.world.user().access_key())
    for session in (client.get_session_token()["Credentials"], federate(aws)["Credentials"]):
        answer = expect_refusal(make_sts_client(aws, session), "get_federation_token", Name="alice")
        assert (answer.code, answer.status) == ("AccessDenied", 403)
        assert answer.message == "Cannot call GetFederationToken with session credentials"


def test_federated_user_may_neither_assume_a_role_nor_call_iam(aws: AwsServer) -> None:
    """As documented in AWS's comparison of STS credentials."""
    session = federate(aws)["Credentials"]
    role = aws.world.role("reader")
    assert (
        expect_refusal(make_sts_client(aws, session), "assume_role", RoleArn=role.arn, RoleSessionName="me").code
        == "AccessDenied"
    )
    assert expect_refusal(make_iam_client(aws, session), "get_user", UserName="alice").code == "InvalidClientTokenId"


def test_policy_may_deny_federation(aws: AwsServer) -> None:
    """With AWS's message."""
    user = aws.world.user()
    user.deny.add("GetFederationToken")
    answer = expect_refusal(make_sts_client(aws, user.access_key()), "get_federation_token", Name="alice")
    assert "is not authorized to perform: sts:GetFederationToken" in answer.message
