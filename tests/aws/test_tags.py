"""Session tags: their limits, their keys, and how transitive ones go through a chain."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.aws.by_hand import form, send, signed
from tests.aws.client import refused, sts

if TYPE_CHECKING:
    from tests.aws.server import AwsServer


def tags(*keys: str, value: str = "v") -> list[dict[str, str]]:
    """Return tags as boto3 takes them."""
    return [{"Key": key, "Value": value} for key in keys]


def asking(aws: AwsServer, **more: Any) -> dict[str, Any]:
    """Return the parameters of an AssumeRole request for a role that lets everybody in."""
    return {"RoleArn": aws.world.role("reader").arn, "RoleSessionName": "me"} | more


def test_tags_arrive(aws: AwsServer) -> None:
    """They are in the call's parameters, and the answer says that the policy was packed."""
    client = sts(aws, aws.world.user().access_key())
    answer = client.assume_role(**asking(aws, Tags=tags("Team", "Cost"), TransitiveTagKeys=["Team"]))
    assert answer["PackedPolicySize"] > 0
    params = aws.world.calls[-1].params
    assert (params["Tags.member.1.Key"], params["Tags.member.2.Key"]) == ("Team", "Cost")
    assert params["TransitiveTagKeys.member.1"] == "Team"


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"Tags": tags(*map(str, range(51)))}, "at 'tags' failed"),
        (
            {"Tags": tags("k" * 129)},
            "at 'tags.1.member.key' failed to satisfy constraint: Member must have length less",
        ),
        (
            {"Tags": tags("a", "")},
            "at 'tags.2.member.key' failed to satisfy constraint: Member must have length greater",
        ),
        ({"Tags": tags("k", value="v" * 257)}, "at 'tags.1.member.value' failed"),
        ({"Tags": tags("Team", "team")}, "Duplicate tag keys found"),
        ({"Tags": tags("aws:team")}, "reserved"),
        ({"Tags": [{"Key": "k"}]}, "Value null at 'tags.1.member.value'"),
        ({"Tags": tags("a"), "TransitiveTagKeys": ["a", "b"]}, "not among the session tags: b"),
        ({"TransitiveTagKeys": ["a"]}, "not among the session tags: a"),
        ({"Tags": tags("a"), "TransitiveTagKeys": ["a", "A"]}, "Duplicate tag keys found"),
    ],
)
def test_wrong_tags_are_refused(aws: AwsServer, given: dict[str, Any], message: str) -> None:
    """Too many, too long, empty, twice, reserved, without a value; transitive keys of no tag, or twice."""
    answer = refused(sts(aws, aws.world.user().access_key()), "assume_role", **asking(aws, **given))
    assert (answer.code, answer.status) == ("ValidationError", 400)
    assert message in answer.message


def test_tags_at_the_limits_are_taken(aws: AwsServer) -> None:
    """Fifty of them, the longest key and value, an empty value, and any letter."""
    client = sts(aws, aws.world.user().access_key())
    client.assume_role(**asking(aws, Tags=tags(*map(str, range(50)))))
    client.assume_role(**asking(aws, Tags=[*tags("k" * 128, value="v" * 256), *tags("é ü", value="")]))


def test_a_role_that_allows_no_tags_refuses_them(aws: AwsServer) -> None:
    """Inherited ones, too, as sts:TagSession is needed all along the chain."""
    closed = aws.world.role("closed", allow_tags=False)
    client = sts(aws, aws.world.user().access_key())
    direct = refused(client, "assume_role", RoleArn=closed.arn, RoleSessionName="me", Tags=tags("Team"))
    tagged = client.assume_role(**asking(aws, Tags=tags("Team"), TransitiveTagKeys=["Team"]))
    inherited = refused(sts(aws, tagged["Credentials"]), "assume_role", RoleArn=closed.arn, RoleSessionName="me")
    for answer in (direct, inherited):
        assert answer.code == "AccessDenied"
        assert "sts:TagSession" in answer.message


def test_an_inherited_transitive_tag_cannot_be_overridden(aws: AwsServer) -> None:
    """Two links down, in any case of letters; a tag that was not transitive can."""
    client = sts(aws, aws.world.user().access_key())
    first = client.assume_role(**asking(aws, Tags=tags("Team", "Cost"), TransitiveTagKeys=["Team"]))
    second = sts(aws, first["Credentials"]).assume_role(**asking(aws, Tags=tags("Cost")))
    third = sts(aws, second["Credentials"])
    answer = refused(third, "assume_role", **asking(aws, Tags=tags("TEAM")))
    assert (answer.code, answer.message) == (
        "ValidationError",
        "Inherited transitive tags cannot be overridden: team",
    )
    third.assume_role(**asking(aws, Tags=tags("Cost")))


def test_members_are_numbered_from_one_without_gaps(aws: AwsServer) -> None:
    """A client that counts wrongly is told."""
    key = aws.world.user().access_key()
    spoilt = {"Tags.member.2.Key": "a", "Tags.member.2.Value": "b"}
    reply = send(aws, signed(aws, (key.id, key.secret, None), form("AssumeRole", **asking(aws, **spoilt))))
    assert reply.code == "MalformedInput"
