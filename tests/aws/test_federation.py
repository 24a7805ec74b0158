"""GetFederationToken: from a long-lived key only, and what a federated user may not do."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.aws.client import iam, refused, sts

if TYPE_CHECKING:
    from tests.aws.server import AwsServer

POLICY = json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]})


def federated(aws: AwsServer, **more: Any) -> Any:
    """Return the answer for a federated user of alice's."""
    client = sts(aws, aws.world.user().access_key())
    return client.get_federation_token(**({"Name": "alice", "Policy": POLICY} | more))


def test_a_federated_user_is_named_and_is_who_it_says(aws: AwsServer) -> None:
    """The answer and the session agree."""
    answer = federated(aws, PolicyArns=[{"arn": "arn:aws:iam::aws:policy/AdministratorAccess"}], DurationSeconds=129600)
    arn = "arn:aws:sts::111122223333:federated-user/alice"
    assert answer["FederatedUser"] == {"FederatedUserId": "111122223333:alice", "Arn": arn}
    assert sts(aws, answer["Credentials"]).get_caller_identity()["Arn"] == arn


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
def test_what_does_not_fit_is_refused(aws: AwsServer, more: dict[str, Any], code: str) -> None:
    """Names of 2 to 32 characters, 15 minutes to 36 hours, policies that are policies."""
    client = sts(aws, aws.world.user().access_key())
    assert refused(client, "get_federation_token", **({"Name": "alice"} | more)).code == code


def test_a_session_gets_no_federated_user(aws: AwsServer) -> None:
    """Neither a user's session, nor a federated one."""
    client = sts(aws, aws.world.user().access_key())
    for session in (client.get_session_token()["Credentials"], federated(aws)["Credentials"]):
        answer = refused(sts(aws, session), "get_federation_token", Name="alice")
        assert (answer.code, answer.status) == ("AccessDenied", 403)
        assert answer.message == "Cannot call GetFederationToken with session credentials"


def test_a_federated_user_may_neither_assume_a_role_nor_ask_iam(aws: AwsServer) -> None:
    """As the comparison of STS's credentials has it."""
    session = federated(aws)["Credentials"]
    role = aws.world.role("reader")
    assert refused(sts(aws, session), "assume_role", RoleArn=role.arn, RoleSessionName="me").code == "AccessDenied"
    assert refused(iam(aws, session), "get_user", UserName="alice").code == "InvalidClientTokenId"


def test_a_policy_denies_it(aws: AwsServer) -> None:
    """A user who may not."""
    user = aws.world.user()
    user.deny.add("GetFederationToken")
    answer = refused(sts(aws, user.access_key()), "get_federation_token", Name="alice")
    assert "is not authorized to perform: sts:GetFederationToken" in answer.message
