"""Systems Manager: parameters, and the errors and faults of its protocol."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.aws.client import Refusal, expect_refusal, make_client, make_sts_client

if TYPE_CHECKING:
    from tests.aws.server import AwsServer


def test_parameter_is_created_read_and_overwritten(aws: AwsServer) -> None:
    """It belongs to one region of one account, and the calls are recorded."""
    key, other = aws.world.user().access_key(), aws.world.user("carol", "444455556666").access_key()
    client = make_client(aws, "ssm", key, "eu-west-1")
    given: dict[str, Any] = {"Name": "/app/url", "Value": "one", "Type": "String"}
    assert client.put_parameter(**given)["Version"] == 1
    assert expect_refusal(client, "put_parameter", **given).code == "ParameterAlreadyExists"
    assert client.put_parameter(**given | {"Value": "two"}, Overwrite=True)["Version"] == 2
    found = client.get_parameter(Name="/app/url", WithDecryption=True)["Parameter"]
    assert (found["Value"], found["Version"]) == ("two", 2)
    assert found["ARN"] == "arn:aws:ssm:eu-west-1:111122223333:parameter/app/url"
    for foreign in (make_client(aws, "ssm", key, "eu-west-2"), make_client(aws, "ssm", other, "eu-west-1")):
        assert expect_refusal(foreign, "get_parameter", Name="/app/url").code == "ParameterNotFound"
    call = aws.world.calls[3]
    assert (call.service, call.action, call.region, call.outcome) == ("ssm", "GetParameter", "eu-west-1", "ok")
    assert call.principal == aws.world.user().arn


@pytest.mark.parametrize(
    ("method", "given", "code"),
    [
        ("get_parameter", {}, "ValidationException"),
        ("put_parameter", {"Name": "a"}, "ValidationException"),
        ("put_parameter", {"Name": "a", "Value": "b", "Tier": "Standard"}, "TestServerUnknownParameter"),
        ("put_parameter", {"Name": "a", "Value": "b", "Type": "SecureString"}, "TestServerUnknownParameter"),
        ("describe_parameters", {}, "UnknownOperationException"),
    ],
)
def test_unknown_input_to_systems_manager_is_refused(
    aws: AwsServer, method: str, given: dict[str, str], code: str
) -> None:
    """Nothing is ignored."""
    client = make_client(aws, "ssm", aws.world.user().access_key(), "eu-west-1")
    assert expect_refusal(client, method, **given).code == code


def test_errors_have_the_codes_of_the_json_protocol(aws: AwsServer) -> None:
    """All with status 400: an expired session, an unknown one, a wrong clock, and throttling."""
    key = aws.world.user().access_key()
    first, second = (make_sts_client(aws, key).get_session_token()["Credentials"] for _ in range(2))
    aws.world.expire(first["AccessKeyId"])
    aws.world.revoke(second["AccessKeyId"])
    clients = [make_client(aws, "ssm", each, "eu-west-1") for each in (first, second, key)]
    assert expect_refusal(clients[0], "get_parameter", Name="a").code == "ExpiredTokenException"
    message = "The security token included in the request is invalid."
    assert expect_refusal(clients[1], "get_parameter", Name="a") == Refusal("UnrecognizedClientException", message, 400)
    aws.world.clock_skew = 1000
    assert expect_refusal(clients[2], "get_parameter", Name="a").code == "InvalidSignatureException"
    aws.faults.next("throttle")
    assert expect_refusal(clients[2], "get_parameter", Name="a").code == "ThrottlingException"
