"""Inline policies of roles and users: IAM's actions on them, their limits, and sessions that they revoke."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

import pytest

from tests.aws.client import (
    Refusal,
    assume_role,
    expect_refusal,
    make_alice_client,
    make_client,
    make_iam_client,
    make_sts_client,
)

if TYPE_CHECKING:
    from tests.aws.server import AwsServer

GOOD = json.dumps({"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}})
DENIED = "with an explicit deny in an identity-based policy"
OWNERS = {"role": {"RoleName": "deploy"}, "user": {"UserName": "bob"}}


def revoke(at: float) -> str:
    """Return the document that denies everything to sessions issued before a time, as the console's does."""
    moment = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(at))
    condition = {"DateLessThan": {"aws:TokenIssueTime": moment}}
    statement = {"Effect": "Deny", "Action": ["*"], "Resource": ["*"], "Condition": condition}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def make_admin(aws: AwsServer) -> Any:
    """Return an IAM client of alice, in an account with a user and a role."""
    aws.world.user("bob")
    aws.world.role("team/deploy")
    return make_iam_client(aws, aws.world.user().access_key())


@pytest.mark.parametrize("owner", OWNERS)
def test_inline_policy_is_put_read_listed_and_deleted(aws: AwsServer, owner: str) -> None:
    """A role is found by its name, whatever its path; the document comes back as it was."""
    client, named = make_admin(aws), OWNERS[owner]
    act = {verb: getattr(client, f"{verb}_{owner}_policy") for verb in ("put", "get", "delete")}
    name_all = getattr(client, f"list_{owner}_policies")
    act["put"](**named, PolicyName="first", PolicyDocument=GOOD)
    act["put"](**named, PolicyName="a+b=c,d.e@f-g_h", PolicyDocument=revoke(0))
    assert name_all(**named)["PolicyNames"] == ["a+b=c,d.e@f-g_h", "first"]
    answer = act["get"](**named, PolicyName="first")
    assert (answer["PolicyName"], answer["PolicyDocument"]) == ("first", json.loads(GOOD))
    assert named.items() <= answer.items()
    act["delete"](**named, PolicyName="first")
    assert name_all(**named)["PolicyNames"] == ["a+b=c,d.e@f-g_h"]
    for verb in ("get", "delete"):
        gone = expect_refusal(client, f"{verb}_{owner}_policy", **named, PolicyName="first")
        assert gone == Refusal("NoSuchEntity", f"The {owner} policy with name first cannot be found.", 404)
    (parameter,) = named
    nobody = expect_refusal(client, f"list_{owner}_policies", **{parameter: "nobody"})
    assert nobody == Refusal("NoSuchEntity", f"The {owner} with name nobody cannot be found.", 404)


@pytest.mark.parametrize(
    ("owner", "given", "code", "message"),
    [
        ("role", {"PolicyName": "a b"}, "ValidationError", "policyName"),
        ("role", {"PolicyName": "a" * 129}, "ValidationError", "equal to 128"),
        ("role", {"PolicyName": ""}, "ValidationError", "equal to 1"),
        ("user", {"PolicyName": "a/b"}, "ValidationError", "policyName"),
        ("role", {"PolicyDocument": "{}"}, "MalformedPolicyDocument", "Syntax"),
        ("user", {"PolicyDocument": "{"}, "MalformedPolicyDocument", "Json"),
    ],
)
def test_invalid_inline_policy_is_refused(
    aws: AwsServer, owner: str, given: dict[str, str], code: str, message: str
) -> None:
    """Names have 1 to 128 characters from a small set, and documents are policies."""
    client = make_admin(aws)
    whole = OWNERS[owner] | {"PolicyName": "first", "PolicyDocument": GOOD} | given
    answer = expect_refusal(client, f"put_{owner}_policy", **whole)
    assert answer.code == code
    assert message in answer.message


@pytest.mark.parametrize(("owner", "most"), [("role", 10240), ("user", 2048)])
def test_size_of_all_inline_policies_is_limited(aws: AwsServer, owner: str, most: int) -> None:
    """All of them together, without white space; a policy that is replaced does not count twice."""
    client, named = make_admin(aws), OWNERS[owner]
    put = getattr(client, f"put_{owner}_policy")
    own = f"arn:aws:s3:::{'b' * most}"
    spare = most - len("".join(GOOD.split())) - len("".join(GOOD.replace('"*"', '""').split()))
    filling = GOOD.replace('"*"', f'"{own[:spare]}"')
    put(**named, PolicyName="small", PolicyDocument=GOOD + " " * 3000)
    put(**named, PolicyName="large", PolicyDocument=filling)
    put(**named, PolicyName="large", PolicyDocument=filling)
    answer = expect_refusal(
        client, f"put_{owner}_policy", **named, PolicyName="large", PolicyDocument=filling.replace("bbb", "bbbb", 1)
    )
    called = next(iter(named.values()))
    assert answer == Refusal("LimitExceeded", f"Maximum policy size of {most} bytes exceeded for {owner} {called}", 409)


@pytest.mark.parametrize("path", ["aws-reserved/sso.amazonaws.com", "aws-service-role/support.amazonaws.com"])
def test_roles_of_aws_cannot_be_modified(aws: AwsServer, path: str) -> None:
    """Those of IAM Identity Center, and service-linked ones; they can be read."""
    client = make_admin(aws)
    aws.world.role(f"{path}/reserved")
    for method, more in (("put_role_policy", {"PolicyDocument": GOOD}), ("delete_role_policy", {})):
        answer = expect_refusal(client, method, RoleName="reserved", PolicyName="first", **more)
        message = "Cannot perform the operation on the protected role 'reserved' - this role is only modifiable by AWS"
        assert answer == Refusal("UnmodifiableEntity", message, 400)
    assert client.list_role_policies(RoleName="reserved")["PolicyNames"] == []


def test_permission_to_write_policies_is_per_caller(aws: AwsServer) -> None:
    """A user's, and a role's, even if a test describes the role again; the role may lack what its user has."""
    admin, user, role = make_admin(aws), aws.world.user(), aws.world.role("admin")
    put = {"RoleName": "deploy", "PolicyName": "first", "PolicyDocument": GOOD}
    session = make_alice_client(aws).assume_role(RoleArn=role.arn, RoleSessionName="me")["Credentials"]
    make_iam_client(aws, session).put_role_policy(**put)
    role.deny.add("PutRolePolicy")
    aws.world.role("admin", max_duration=43200)
    answer = expect_refusal(make_iam_client(aws, session), "put_role_policy", **put)
    assert answer.message == (
        "User: arn:aws:sts::111122223333:assumed-role/admin/me is not authorized to perform: "
        f"iam:PutRolePolicy on resource: role deploy {DENIED}"
    )
    admin.put_role_policy(**put)
    user.deny.add("PutRolePolicy")
    assert expect_refusal(admin, "put_role_policy", **put).code == "AccessDenied"


def test_revocation_denies_sessions_issued_before_on_every_service(aws: AwsServer) -> None:
    """GetCallerIdentity still answers; other roles, the user's key and later sessions are not affected."""
    admin, role = make_admin(aws), aws.world.role("team/deploy")
    answer = make_alice_client(aws).assume_role(RoleArn=role.arn, RoleSessionName="me")["Credentials"]
    ssm, iam, sts = (
        make_client(aws, "ssm", answer, "eu-west-1"),
        make_iam_client(aws, answer),
        make_sts_client(aws, answer),
    )
    ssm.put_parameter(Name="a", Value="b")
    admin.put_role_policy(
        RoleName="deploy", PolicyName="AWSRevokeOlderSessions", PolicyDocument=revoke(time.time() + 1)
    )
    calls = [
        (ssm, "get_parameter", {"Name": "a"}, "AccessDeniedException"),
        (iam, "list_access_keys", {"UserName": "alice"}, "AccessDenied"),
        (sts, "assume_role", {"RoleArn": aws.world.role("other").arn, "RoleSessionName": "me"}, "AccessDenied"),
    ]
    for client, method, given, code in calls:
        refused = expect_refusal(client, method, **given)
        assert (refused.code, refused.message.endswith(DENIED)) == (code, True)
    assert sts.get_caller_identity()["Arn"].endswith("assumed-role/deploy/me")
    assume_role(aws, make_alice_client(aws), aws.world.role("other"))
    aws.world.clock_skew = 2
    later = make_alice_client(aws).assume_role(RoleArn=role.arn, RoleSessionName="me")["Credentials"]
    make_client(aws, "ssm", later, "eu-west-1").get_parameter(Name="a")
    assert expect_refusal(ssm, "get_parameter", Name="a").code == "AccessDeniedException"
    admin.delete_role_policy(RoleName="deploy", PolicyName="AWSRevokeOlderSessions")
    ssm.get_parameter(Name="a")


def test_revocation_of_a_user_denies_its_sessions_but_not_its_key(aws: AwsServer) -> None:
    """Those of GetSessionToken, and those of federated users; a role session belongs to the role."""
    admin, bob = make_admin(aws), aws.world.user("bob")
    key = bob.access_key()
    client = make_sts_client(aws, key)
    federated = client.get_federation_token(
        Name="bob", PolicyArns=[{"arn": "arn:aws:iam::aws:policy/AdministratorAccess"}]
    )
    role = client.assume_role(RoleArn=aws.world.role("team/deploy").arn, RoleSessionName="me")
    sessions = [client.get_session_token()["Credentials"], federated["Credentials"], role["Credentials"]]
    clients = [make_client(aws, "ssm", each, "eu-west-1") for each in (*sessions, key)]
    clients[0].put_parameter(Name="a", Value="b")
    admin.put_user_policy(UserName="bob", PolicyName="revoke", PolicyDocument=revoke(time.time() + 1))
    for each in clients[:2]:
        assert expect_refusal(each, "get_parameter", Name="a").message.endswith(DENIED)
    for each in clients[2:]:
        each.get_parameter(Name="a")


def test_policy_takes_effect_after_a_while(aws: AwsServer) -> None:
    """By the server's clock; IAM itself shows it at once. The same goes for its removal."""
    admin, role = make_admin(aws), aws.world.role("team/deploy")
    answer = make_alice_client(aws).assume_role(RoleArn=role.arn, RoleSessionName="me")["Credentials"]
    ssm, named = make_client(aws, "ssm", answer, "eu-west-1"), {"RoleName": "deploy", "PolicyName": "revoke"}
    ssm.put_parameter(Name="a", Value="b")
    aws.world.policy_delay = 60
    admin.put_role_policy(**named, PolicyDocument=revoke(time.time() + 1))
    assert admin.list_role_policies(RoleName="deploy")["PolicyNames"] == ["revoke"]
    ssm.get_parameter(Name="a")
    aws.world.clock_skew = 61
    assert expect_refusal(ssm, "get_parameter", Name="a").code == "AccessDeniedException"
    admin.delete_role_policy(**named)
    assert admin.list_role_policies(RoleName="deploy")["PolicyNames"] == []
    assert expect_refusal(ssm, "get_parameter", Name="a").code == "AccessDeniedException"
    aws.world.clock_skew = 122
    ssm.get_parameter(Name="a")
