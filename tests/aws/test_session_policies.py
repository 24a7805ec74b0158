"""Session policies: their parameters, their packed size, and that no service lets a session do more."""

from __future__ import annotations

import json
import secrets
from typing import TYPE_CHECKING, Any

import pytest

from tests.aws import iam, ssm, sts
from tests.aws.client import (
    Refusal,
    expect_refusal,
    make_alice_client,
    make_client,
    make_iam_client,
    make_sts_client,
    make_unsigned_client,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from tests.aws.server import AwsServer

ACCOUNT = "111122223333"
OWN = f"arn:aws:iam::{ACCOUNT}:policy/team/parameters"
READ_ONLY = [{"arn": "arn:aws:iam::aws:policy/ReadOnlyAccess"}]
ADMINISTRATOR = [{"arn": "arn:aws:iam::aws:policy/AdministratorAccess"}]


def allow(*actions: str, effect: str = "Allow", resource: str = "*") -> str:
    """Return a document on some actions."""
    statement = {"Effect": effect, "Action": actions, "Resource": resource}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def assume(aws: AwsServer, **passed: Any) -> Mapping[str, Any]:
    """Return the response to an AssumeRole request of alice."""
    answer = make_alice_client(aws).assume_role(RoleArn=aws.world.role("r").arn, RoleSessionName="me", **passed)
    return {str(name): value for name, value in answer.items()}


def make_ssm_client(aws: AwsServer, credentials: Any, region: str = "eu-west-1") -> Any:
    """Return a client of Systems Manager."""
    return make_client(aws, "ssm", credentials, region)


def test_read_only_session_reads_and_writes_nothing(aws: AwsServer) -> None:
    """In IAM and in Systems Manager, with AWS's message and each protocol's code; the role itself may write."""
    make_ssm_client(aws, assume(aws)["Credentials"]).put_parameter(Name="/app/url", Value="a", Type="String")
    answer = assume(aws, PolicyArns=READ_ONLY)
    reader, client = make_ssm_client(aws, answer["Credentials"]), make_iam_client(aws, answer["Credentials"])
    assert reader.get_parameter(Name="/app/url")["Parameter"]["Value"] == "a"
    client.list_access_keys(UserName="alice")
    user = f"User: arn:aws:sts::{ACCOUNT}:assumed-role/r/me is not authorized to perform:"
    assert expect_refusal(reader, "put_parameter", Name="/app/url", Value="b", Overwrite=True) == Refusal(
        "AccessDeniedException",
        f"{user} ssm:PutParameter on resource: arn:aws:ssm:eu-west-1:{ACCOUNT}:parameter/app/url "
        "because no session policy allows the ssm:PutParameter action",
        400,
    )
    assert expect_refusal(client, "create_access_key", UserName="alice") == Refusal(
        "AccessDenied",
        f"{user} iam:CreateAccessKey on resource: user alice "
        "because no session policy allows the iam:CreateAccessKey action",
        403,
    )


def test_every_action_of_every_service_is_refused_without_permission(aws: AwsServer) -> None:
    """Except GetCallerIdentity, and what only long-lived keys may do."""
    credentials = assume(aws, Policy=allow("s3:GetObject"))["Credentials"]
    given = {"UserName": "alice", "RoleName": "r", "PolicyName": "p", "PolicyDocument": allow("s3:*")}
    given |= {"AccessKeyId": aws.world.user().access_key().id, "Status": "Active", "Name": "name", "Value": "value"}
    given |= {"RoleArn": aws.world.role("r").arn, "RoleSessionName": "me"}
    tables: dict[str, Iterable[str]] = {
        "iam": iam.SERVICE.actions,
        "sts": sts.SERVICE.actions,
        "ssm": ssm.SERVICE.actions,
    }
    for service, actions in tables.items():
        client = make_client(aws, service, credentials, "us-east-1")
        methods = {action: method for method, action in client.meta.method_to_api_mapping.items()}
        for action in set(actions) - {"GetCallerIdentity", "GetSessionToken", "GetFederationToken"}:
            members = client.meta.service_model.operation_model(action).input_shape.members
            refused = expect_refusal(
                client, methods[action], **{name: given[name] for name in members if name in given}
            )
            assert refused.message.endswith(f"because no session policy allows the {service}:{action} action")
    make_sts_client(aws, credentials).get_caller_identity()


def test_passed_policies_add_up_and_a_deny_wins(aws: AwsServer) -> None:
    """Inline and managed ones, of AWS and of the account; another role obtained with them is not limited by them."""
    aws.world.managed_policy(OWN, allow("ssm:GetParameter"))
    both = assume(aws, PolicyArns=[{"arn": OWN}], Policy=allow("iam:GetUser", "sts:AssumeRole"))["Credentials"]
    make_iam_client(aws, both).get_user(UserName="alice")
    assert expect_refusal(make_ssm_client(aws, both), "get_parameter", Name="none").code == "ParameterNotFound"
    assert expect_refusal(make_ssm_client(aws, both), "put_parameter", Name="a", Value="b").code.startswith("Access")
    other = aws.world.role("other")
    onward = make_sts_client(aws, both).assume_role(RoleArn=other.arn, RoleSessionName="me")["Credentials"]
    make_ssm_client(aws, onward).put_parameter(Name="a", Value="b")
    mixed = assume(aws, PolicyArns=ADMINISTRATOR, Policy=allow("ssm:Put*", effect="Deny"))["Credentials"]
    answer = expect_refusal(make_ssm_client(aws, mixed), "put_parameter", Name="a", Value="b")
    assert answer.message.endswith("parameter/a with an explicit deny in a session policy")
    aws.world.managed_policy(OWN, allow("ssm:PutParameter"))  # an ARN means what the policy says now
    make_ssm_client(aws, both).put_parameter(Name="b", Value="b")


def test_role_of_another_account_is_refused_without_the_reason(aws: AwsServer) -> None:
    """AWS explains only within an account. Tags and source identities need permissions of their own."""
    far = aws.world.role("far", "444455556666", trusts=[ACCOUNT])
    limited = make_sts_client(aws, assume(aws, PolicyArns=READ_ONLY)["Credentials"])
    answer = expect_refusal(limited, "assume_role", RoleArn=far.arn, RoleSessionName="me")
    assert answer.message.endswith(f"is not authorized to perform: sts:AssumeRole on resource: {far.arn}")
    some = make_sts_client(aws, assume(aws, Policy=allow("sts:AssumeRole"))["Credentials"])
    some.assume_role(RoleArn=far.arn, RoleSessionName="me")
    more: dict[str, dict[str, Any]] = {
        "sts:TagSession": {"Tags": [{"Key": "k", "Value": "v"}]},
        "sts:SetSourceIdentity": {"SourceIdentity": "me"},
    }
    for action, given in more.items():
        answer = expect_refusal(some, "assume_role", RoleArn=far.arn, RoleSessionName="me", **given)
        assert f"perform: {action} on" in answer.message


def test_federated_user_may_do_what_the_user_and_the_policies_permit(aws: AwsServer) -> None:
    """Nothing, if none is passed; and never call IAM."""
    user = aws.world.user()
    user.deny = {"ssm:PutParameter"}
    client = make_sts_client(aws, user.access_key())
    passed: list[dict[str, Any]] = [{}, {"PolicyArns": READ_ONLY}, {"Policy": allow("ssm:*")}]
    answers = [client.get_federation_token(Name="me", **each)["Credentials"] for each in passed]
    codes = [expect_refusal(make_ssm_client(aws, each), "get_parameter", Name="none").code for each in answers]
    assert codes == ["AccessDeniedException", "ParameterNotFound", "ParameterNotFound"]
    denied = expect_refusal(make_ssm_client(aws, answers[2]), "put_parameter", Name="a", Value="b")
    assert denied.message.endswith("parameter/a with an explicit deny in an identity-based policy")
    refused = expect_refusal(make_iam_client(aws, answers[1]), "get_user", UserName="alice")
    assert refused.code == "InvalidClientTokenId"


def test_web_identity_session_is_limited_too(aws: AwsServer) -> None:
    """Its request is unsigned, and takes the same parameters."""
    role = aws.world.role("ci", trusts=["web:main"])
    token = str(aws.world.provider.token("main"))
    client = make_unsigned_client(aws, "sts")
    given = {"RoleArn": role.arn, "RoleSessionName": "me", "WebIdentityToken": token}
    answer = client.assume_role_with_web_identity(**given, PolicyArns=READ_ONLY)
    assert 0 < answer["PackedPolicySize"] <= 100
    limited = make_ssm_client(aws, answer["Credentials"])
    assert expect_refusal(limited, "put_parameter", Name="a", Value="b").code == "AccessDeniedException"
    assert "PackedPolicySize" not in client.assume_role_with_web_identity(**given)
    bad = expect_refusal(client, "assume_role_with_web_identity", **given, Policy="{")
    assert bad.code == "MalformedPolicyDocument"


@pytest.mark.parametrize("partition", ["aws", "aws-cn", "aws-us-gov"])
def test_managed_policies_of_aws_exist_in_each_partition(aws: AwsServer, partition: str) -> None:
    """Those of another partition do not."""
    client = make_sts_client(aws, aws.world.user(partition=partition).access_key())
    given = {"RoleArn": aws.world.role("r", partition=partition).arn, "RoleSessionName": "me"}
    for name in ("ReadOnlyAccess", "AdministratorAccess"):
        client.assume_role(**given, PolicyArns=[{"arn": f"arn:{partition}:iam::aws:policy/{name}"}])
    foreign = {"aws": "aws-cn"}.get(partition, "aws")
    arns = [{"arn": f"arn:{foreign}:iam::aws:policy/ReadOnlyAccess"}]
    assert expect_refusal(client, "assume_role", **given, PolicyArns=arns).code == "MalformedPolicyDocument"


@pytest.mark.parametrize(
    ("passed", "code", "message"),
    [
        ({"Policy": ""}, "ValidationError", "greater than or equal to 1"),
        ({"Policy": "x" * 2049}, "ValidationError", "less than or equal to 2048"),
        ({"Policy": "{\u0100}"}, "ValidationError", "regular expression"),
        ({"Policy": "{"}, "MalformedPolicyDocument", "invalid Json"),
        ({"PolicyArns": [{"arn": f"{OWN}{number}"} for number in range(11)]}, "ValidationError", "equal to 10"),
        ({"PolicyArns": READ_ONLY, "Policy": allow("s3:*").ljust(2048)}, "ValidationError", "equal to 2048"),
        ({"PolicyArns": [{"arn": "arn:aws:iam::aws:role/ReadOnlyAccess"}]}, "ValidationError", "arn"),
        ({"PolicyArns": [{"arn": "arn:aws:iam::aws:policy/ReadonlyAccess"}]}, "MalformedPolicyDocument", "exist"),
        ({"PolicyArns": [{"arn": OWN}]}, "MalformedPolicyDocument", "exist"),
        ({"PolicyArns": [{"arn": OWN.replace(ACCOUNT, "444455556666")}]}, "MalformedPolicyDocument", "exist"),
    ],
)
def test_invalid_session_policies_are_refused(aws: AwsServer, passed: dict[str, Any], code: str, message: str) -> None:
    """By AssumeRole and GetFederationToken alike; policies must be those of AWS or of the role's account."""
    aws.world.managed_policy(OWN.replace(ACCOUNT, "444455556666"), allow("*"))
    client, role = make_alice_client(aws), aws.world.role("r")
    calls = {"assume_role": {"RoleArn": role.arn, "RoleSessionName": "me"}, "get_federation_token": {"Name": "me"}}
    for method, more in calls.items():
        answer = expect_refusal(client, method, **more, **passed)
        assert (answer.code, answer.status) == (code, 400)
        assert message in answer.message


def test_packed_size_is_reported_and_limited(aws: AwsServer) -> None:
    """In percent; a test can lower the limit, and a long document without repetitions exceeds it anyway."""
    assert "PackedPolicySize" not in assume(aws)
    small, large = assume(aws, Policy=allow("s3:*")), assume(aws, PolicyArns=READ_ONLY, Policy=allow("s3:*", "ec2:*"))
    assert 0 < small["PackedPolicySize"] < large["PackedPolicySize"] <= 100
    odd = allow(*(f"s3:{secrets.token_hex(15)}" for _ in range(50)))
    role = {"RoleArn": aws.world.role("r").arn, "RoleSessionName": "me"}
    answer = expect_refusal(make_alice_client(aws), "assume_role", **role, Policy=odd)
    assert (answer.code, answer.status) == ("PackedPolicyTooLarge", 400)
    aws.world.packed_limit = 10
    answer = expect_refusal(make_alice_client(aws), "get_federation_token", Name="me", Policy=allow("s3:*"))
    assert answer.code == "PackedPolicyTooLarge"
    assert answer.message.startswith("Packed policy consumes ")
