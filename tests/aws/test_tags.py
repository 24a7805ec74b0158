"""Session tags: their limits, their keys, and inheritance of transitive tags."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.aws.client import expect_refusal, make_sts_client
from tests.aws.raw_requests import build_form, send_request, sign_request

if TYPE_CHECKING:
    from tests.aws.server import AwsServer


def make_tags(*keys: str, value: str = "v") -> list[dict[str, str]]:
    """Return tags as expected by boto3."""
    return [{"Key": key, "Value": value} for key in keys]


def make_parameters(aws: AwsServer, **more: Any) -> dict[str, Any]:
    """Return the parameters of an AssumeRole request for a role that trusts everyone."""
    return {"RoleArn": aws.world.role("reader").arn, "RoleSessionName": "me"} | more


def test_tags_are_received(aws: AwsServer) -> None:
    """They are in the recorded call, and the response contains the size of the packed policy."""
    client = make_sts_client(aws, aws.world.user().access_key())
    answer = client.assume_role(**make_parameters(aws, Tags=make_tags("Team", "Cost"), TransitiveTagKeys=["Team"]))
    assert answer["PackedPolicySize"] > 0
    params = aws.world.calls[-1].params
    assert (params["Tags.member.1.Key"], params["Tags.member.2.Key"]) == ("Team", "Cost")
    assert params["TransitiveTagKeys.member.1"] == "Team"


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"Tags": make_tags(*map(str, range(51)))}, "at 'tags' failed"),
        (
            {"Tags": make_tags("k" * 129)},
            "at 'tags.1.member.key' failed to satisfy constraint: Member must have length less",
        ),
        (
            {"Tags": make_tags("a", "")},
            "at 'tags.2.member.key' failed to satisfy constraint: Member must have length greater",
        ),
        ({"Tags": make_tags("k", value="v" * 257)}, "at 'tags.1.member.value' failed"),
        ({"Tags": make_tags("Team", "team")}, "Duplicate tag keys found"),
        ({"Tags": make_tags("aws:team")}, "reserved"),
        ({"Tags": [{"Key": "k"}]}, "Value null at 'tags.1.member.value'"),
        ({"Tags": make_tags("a"), "TransitiveTagKeys": ["a", "b"]}, "not among the session tags: b"),
        ({"TransitiveTagKeys": ["a"]}, "not among the session tags: a"),
        ({"Tags": make_tags("a"), "TransitiveTagKeys": ["a", "A"]}, "Duplicate tag keys found"),
    ],
)
def test_invalid_tags_are_refused(aws: AwsServer, given: dict[str, Any], message: str) -> None:
    """Too many, too long, empty, duplicate, reserved, without a value; unknown or duplicate transitive keys."""
    answer = expect_refusal(
        make_sts_client(aws, aws.world.user().access_key()), "assume_role", **make_parameters(aws, **given)
    )
    assert (answer.code, answer.status) == ("ValidationError", 400)
    assert message in answer.message


def test_tags_at_the_limits_are_accepted(aws: AwsServer) -> None:
    """Fifty tags, the longest key and value, an empty value, and non-ASCII letters."""
    client = make_sts_client(aws, aws.world.user().access_key())
    client.assume_role(**make_parameters(aws, Tags=make_tags(*map(str, range(50)))))
    client.assume_role(
        **make_parameters(aws, Tags=[*make_tags("k" * 128, value="v" * 256), *make_tags("é ü", value="")])
    )


def test_role_that_allows_no_tags_refuses_them(aws: AwsServer) -> None:
    """Including inherited ones, as sts:TagSession is required all along the chain."""
    closed = aws.world.role("closed", allow_tags=False)
    client = make_sts_client(aws, aws.world.user().access_key())
    direct = expect_refusal(client, "assume_role", RoleArn=closed.arn, RoleSessionName="me", Tags=make_tags("Team"))
    tagged = client.assume_role(**make_parameters(aws, Tags=make_tags("Team"), TransitiveTagKeys=["Team"]))
    inherited = expect_refusal(
        make_sts_client(aws, tagged["Credentials"]), "assume_role", RoleArn=closed.arn, RoleSessionName="me"
    )
    for answer in (direct, inherited):
        assert answer.code == "AccessDenied"
        assert "sts:TagSession" in answer.message


def test_inherited_transitive_tag_cannot_be_overridden(aws: AwsServer) -> None:
    """Two links later, regardless of case; a tag that is not transitive can."""
    client = make_sts_client(aws, aws.world.user().access_key())
    first = client.assume_role(**make_parameters(aws, Tags=make_tags("Team", "Cost"), TransitiveTagKeys=["Team"]))
    second = make_sts_client(aws, first["Credentials"]).assume_role(**make_parameters(aws, Tags=make_tags("Cost")))
    third = make_sts_client(aws, second["Credentials"])
    answer = expect_refusal(third, "assume_role", **make_parameters(aws, Tags=make_tags("TEAM")))
    assert (answer.code, answer.message) == (
        "ValidationError",
        "Inherited transitive tags cannot be overridden: team",
    )
    third.assume_role(**make_parameters(aws, Tags=make_tags("Cost")))


def test_members_must_be_numbered_from_one_without_gaps(aws: AwsServer) -> None:
    """Miscounting clients get an error."""
    key = aws.world.user().access_key()
    gap = {"Tags.member.2.Key": "a", "Tags.member.2.Value": "b"}
    reply = send_request(
        aws, sign_request(aws, (key.id, key.secret, None), build_form("AssumeRole", **make_parameters(aws, **gap)))
    )
    assert reply.code == "MalformedInput"
