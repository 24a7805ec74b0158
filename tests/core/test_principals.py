"""Roles and users by their ARNs, the console's pages for them, and the moment in whatever policy is there."""

from __future__ import annotations

import pytest

from shellvault.core.revocation.deny_policy import find_moment, make_policy
from shellvault.core.revocation.principals import Principal, explain_keys, is_protected, read_principal

MOMENT = "2026-01-01T00:00:00Z"
OLDER = {"DateLessThan": {"aws:TokenIssueTime": MOMENT}}
DENY: dict[str, object] = {"Effect": "Deny", "Action": "*", "Resource": "*", "Condition": OLDER}


@pytest.mark.parametrize(
    ("arn", "kind", "name"),
    [
        ("arn:aws:iam::111122223333:role/team/deploy", "role", "deploy"),
        ("arn:aws:sts::111122223333:assumed-role/deploy/ann@laptop", "role", "deploy"),
        ("arn:aws:iam::111122223333:user/people/ann", "user", "ann"),
        ("arn:aws:iam::111122223333:root", "root", "root"),
    ],
)
def test_a_principal_is_read_from_its_arn(arn: str, kind: str, name: str) -> None:
    """Of itself, or of a session; IAM's calls take names without paths."""
    assert read_principal(arn) == Principal(kind, name, "111122223333", "aws")


@pytest.mark.parametrize(
    "arn", ["", "arn", "arn:aws:sts::111122223333:federated-user/ann", "arn:aws:iam::1:group/x", "x"]
)
def test_anything_else_is_no_principal(arn: str) -> None:
    """A federated user has no policies of its own."""
    assert read_principal(arn) is None


@pytest.mark.parametrize(
    ("partition", "start"),
    [
        ("aws", "https://us-east-1.console.aws.amazon.com/iam/home?region=us-east-1#"),
        ("aws-cn", "https://cn-north-1.console.amazonaws.cn/iam/home?region=cn-north-1#"),
        ("aws-us-gov", "https://us-gov-west-1.console.amazonaws-us-gov.com/iam/home?region=us-gov-west-1#"),
    ],
)
def test_pages_are_in_the_console_of_the_partition(partition: str, start: str) -> None:
    """Names are quoted for a URL."""
    role, user = (Principal(kind, "a+b=c,d.é", "1", partition) for kind in ("role", "user"))
    assert role.page == f"{start}/roles/details/a+b=c,d.%C3%A9?section=revoke_sessions"
    assert user.keys_page == f"{start}/users/details/a+b=c,d.%C3%A9?section=security_credentials"


def test_a_partition_without_a_known_console_has_no_page() -> None:
    """The words alone say where."""
    user = Principal("user", "ann", "1", "aws-iso")
    assert (user.page, explain_keys(user, "AKIA")[-12:]) == ("", ": IAM, Users")


def test_roles_that_only_aws_modifies() -> None:
    """Those of IAM Identity Center, by path or by the name that a session's ARN has, and of services."""
    roles = ("role/aws-reserved/sso.amazonaws.com/x", "role/aws-service-role/x/y", "role/AWSReservedSSO_Admin_0")
    assert [is_protected(f"arn:aws:iam::111122223333:{role}") for role in (*roles, "role/team/deploy")] == [
        True
    ] * 3 + [False]


@pytest.mark.parametrize(
    "policy",
    [
        {"Statement": DENY},
        {"Statement": [DENY]},
        {"Statement": [{**DENY, "Sid": "x", "Action": ["*"], "Resource": ["*"]}]},
        {"Statement": [{**DENY, "Condition": {"DateLessThan": {"AWS:tokenissuetime": ["2026-01-01T00:00:00.999Z"]}}}]},
        {"Statement": [{**DENY, "Effect": "Allow"}, DENY]},
    ],
)
def test_the_moment_of_a_policy_in_any_spelling(policy: object) -> None:
    """As the console, shellvault and people write it."""
    assert find_moment(policy) == MOMENT
    assert make_policy(MOMENT).count(MOMENT) == 1


@pytest.mark.parametrize(
    "policy",
    [
        *(None, "", "x", 1, [], {}, {"Statement": None}, {"Statement": "x"}, {"Statement": [1, None]}),
        {"Statement": {**DENY, "Action": "s3:*"}},
        {"Statement": {**DENY, "Action": ["*", 1]}},
        {"Statement": {**DENY, "Resource": []}},
        {"Statement": {**DENY, "NotAction": "*"}},
        {"Statement": {**DENY, "Condition": None}},
        {"Statement": {**DENY, "Condition": {**OLDER, "Bool": {}}}},
        {"Statement": {**DENY, "Condition": {"DateLessThan": {}}}},
        {"Statement": {**DENY, "Condition": {"DateLessThan": {"aws:TokenIssueTime": []}}}},
        {"Statement": {**DENY, "Condition": {"DateLessThan": {"aws:TokenIssueTime": "2026-01-01T02:00:00+02:00"}}}},
        {"Statement": {**DENY, "Condition": {"DateLessThan": {"aws:CurrentTime": MOMENT}}}},
    ],
)
def test_a_policy_that_denies_less_or_cannot_be_read_has_no_moment(policy: object) -> None:
    """Nothing is a crash."""
    assert find_moment(policy) == ""
