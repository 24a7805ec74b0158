"""The policy engine on its own: which documents it accepts, and what they decide."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.aws.errors import AwsError
from tests.aws.policy import Attempt, find_refusal, parse_policy

ALICE = "arn:aws:iam::111122223333:user/alice"
NOON = datetime(2026, 1, 1, 12, tzinfo=UTC).timestamp()
IDENTITY, SESSION = "with an explicit deny in an identity-based policy", "with an explicit deny in a session policy"
NOT_ALLOWED = "because no session policy allows the iam:GetUser action"


def state(effect: str = "Allow", **more: Any) -> dict[str, Any]:
    """Return a statement about everything, except for the given elements."""
    given = {"Action": "*", "Resource": "*"} | more
    given = {name: value for name, value in given.items() if f"Not{name}" not in more}
    return {"Effect": effect} | given


def write(*statements: dict[str, Any], **more: Any) -> str:
    """Return a document."""
    return json.dumps({"Version": "2012-10-17", "Statement": statements} | more)


def before(*moments: str) -> dict[str, Any]:
    """Return the condition of a revocation."""
    return {"DateLessThan": {"aws:TokenIssueTime": moments[0] if len(moments) == 1 else list(moments)}}


@pytest.mark.parametrize(
    ("elements", "expected"),
    [
        ({}, True),
        ({"Action": "iam:GetUser"}, True),
        ({"Action": "IAM:getuser"}, True),
        ({"Action": "iam:Get*"}, True),
        ({"Action": "iam:G?tUs*r"}, True),
        ({"Action": "iam:*"}, True),
        ({"Action": ["s3:*", "iam:GetUser"]}, True),
        ({"Action": "iam:Get"}, False),
        ({"Action": "iam:GetUser?"}, False),
        ({"Action": "iam:GetUserPolicy"}, False),
        ({"Action": "ssm:GetUser"}, False),
        ({"NotAction": "iam:Get*"}, False),
        ({"NotAction": ["s3:*", "ssm:*"]}, True),
        ({"Resource": ALICE}, True),
        ({"Resource": "arn:aws:iam::111122223333:user/a?ice"}, True),
        ({"Resource": "arn:aws:iam::*:user/*"}, True),
        ({"Resource": "arn:aws:iam::111122223333:user/Alice"}, False),
        ({"Resource": "arn:aws:iam::111122223333:role/*"}, False),
        ({"Resource": "arn:aws-cn:iam::111122223333:user/alice"}, False),
        ({"NotResource": "arn:aws:iam::111122223333:role/*"}, True),
        ({"NotResource": ["arn:aws:s3:::*", ALICE]}, False),
    ],
)
def test_statement_matches_by_action_and_resource(elements: dict[str, Any], *, expected: bool) -> None:
    """The same patterns allow a session something, and deny it."""
    attempt = Attempt("iam:GetUser", ALICE)
    allowing, denying = parse_policy(write(state(**elements))), parse_policy(write(state("Deny", **elements)))
    assert find_refusal(attempt, [], [allowing]) == ("" if expected else NOT_ALLOWED)
    assert find_refusal(attempt, [denying], None) == (IDENTITY if expected else "")
    assert find_refusal(attempt, [], [denying, parse_policy(write(state()))]) == (SESSION if expected else "")


@pytest.mark.parametrize(
    ("identity", "session", "expected"),
    [
        ([], None, ""),
        ([], [], NOT_ALLOWED),
        ([[state(Action="s3:*")]], None, ""),
        ([[state(Action="s3:*")]], [[state()]], ""),
        ([[state()], [state("Deny")]], None, IDENTITY),
        ([[state()]], [[state(Action="s3:*")]], NOT_ALLOWED),
        ([], [[state(Action="s3:*")], [state(Action="iam:*")]], ""),
        ([], [[state(Action="s3:*"), state(Action="iam:*")]], ""),
        ([], [[state()], [state("Deny", Action="iam:*")]], SESSION),
        ([[state("Deny", Action="iam:*")]], [[state()]], IDENTITY),
        ([[state("Deny")]], [[state("Deny")]], IDENTITY),
    ],
)
def test_session_may_do_what_every_kind_of_policy_permits(
    identity: list[list[dict[str, Any]]], session: list[list[dict[str, Any]]] | None, expected: str
) -> None:
    """An identity may do everything it is not denied; a session, what one of its policies allows and none denies."""
    own = [parse_policy(write(*statements)) for statements in identity]
    passed = None if session is None else [parse_policy(write(*statements)) for statements in session]
    assert find_refusal(Attempt("iam:GetUser", ALICE, NOON), own, passed) == expected


@pytest.mark.parametrize(
    ("condition", "issued_at", "expected"),
    [
        (before("2026-01-01T12:00:01Z"), NOON, True),
        (before("2026-01-01T12:00:00.001Z"), NOON, True),
        (before("2026-01-01T13:00:01+01:00"), NOON, True),
        (before("2026-01-01T12:00:00Z"), NOON, False),
        (before("2025-12-31T23:59:59Z"), NOON, False),
        (before("2025-01-01T00:00:00Z", "2027-01-01T00:00:00Z"), NOON, True),
        ({"DateLessThan": {"AWS:tokenissuetime": "2027-01-01T00:00:00Z"}}, NOON, True),
        (before("2027-01-01T00:00:00Z"), None, False),
        ({}, None, True),
    ],
)
def test_date_matches_sessions_issued_before(
    condition: dict[str, Any], issued_at: float | None, *, expected: bool
) -> None:
    """Strictly before; a key without a token has no such time, and is never matched."""
    policy = parse_policy(write(state("Deny", Condition=condition)))
    assert bool(find_refusal(Attempt("iam:GetUser", ALICE, issued_at), [policy], None)) is expected


@pytest.mark.parametrize(
    ("document", "code", "message"),
    [
        ("{", "MalformedPolicyDocument", "invalid Json"),
        ("[]", "MalformedPolicyDocument", "Syntax errors"),
        ("{}", "MalformedPolicyDocument", "Syntax errors"),
        (write(), "MalformedPolicyDocument", "Syntax errors"),
        (write(state(), Version="2012-10-18"), "MalformedPolicyDocument", "valid version"),
        (write(state(), Colour="blue"), "MalformedPolicyDocument", "Syntax errors"),
        (write({"Action": "*", "Resource": "*"}), "MalformedPolicyDocument", "Syntax errors"),
        (write(state("allow")), "MalformedPolicyDocument", "Syntax errors"),
        (write(state(Colour="blue")), "MalformedPolicyDocument", "Syntax errors"),
        (write({"Effect": "Allow", "Resource": "*"}), "MalformedPolicyDocument", "must contain actions"),
        (write({"Effect": "Allow", "Action": "*"}), "MalformedPolicyDocument", "must contain resources"),
        (write(state(Action=[])), "MalformedPolicyDocument", "must contain actions"),
        (write(state() | {"NotAction": "s3:*"}), "MalformedPolicyDocument", "Syntax errors"),
        (write(state(Action=1)), "MalformedPolicyDocument", "Syntax errors"),
        (write(state(Action="GetUser")), "MalformedPolicyDocument", "prefaced by a vendor"),
        (write(state(Action="*:GetUser")), "MalformedPolicyDocument", "prefaced by a vendor"),
        (write(state(Resource="alice")), "MalformedPolicyDocument", 'Resource alice must be in ARN format or "*".'),
        (write(state(Principal="*")), "MalformedPolicyDocument", "should not specify a principal"),
        (write(state(Sid="a b")), "MalformedPolicyDocument", "alpha-numeric"),
        (write(state(Sid="a"), state(Sid="a")), "MalformedPolicyDocument", "unique"),
        (write(state(Condition={"DateBefore": {}})), "MalformedPolicyDocument", "Invalid Condition type : DateBefore."),
        (write(state(Condition={"StringLike": {"a:b": "c"}})), "MalformedPolicyDocument", "Invalid Condition type"),
        (write(state(Condition=before("yesterday"))), "MalformedPolicyDocument", "Invalid date"),
        (write(state(Condition=before("2026-02-30T00:00:00Z"))), "MalformedPolicyDocument", "Invalid date"),
        (write(state(Condition=before("2026-01-01T00:00:00"))), "MalformedPolicyDocument", "Invalid date"),
        (write(state(Condition={"DateLessThan": {"aws:CurrentTime": "x"}})), "TestServerUnknownPolicy", "CurrentTime"),
        (write(state(Resource="arn:aws:s3:::${aws:username}")), "TestServerUnknownPolicy", "variables"),
    ],
)
def test_malformed_document_is_refused(document: str, code: str, message: str) -> None:
    """What AWS refuses, and what it takes but this server could not decide."""
    with pytest.raises(AwsError) as caught:
        parse_policy(document)
    assert caught.value.code == code
    assert message in caught.value.message


def test_statement_may_stand_alone_and_the_version_may_be_omitted() -> None:
    """As in old documents."""
    policy = parse_policy(json.dumps({"Statement": state(Sid=""), "Id": "old"}))
    assert find_refusal(Attempt("iam:GetUser", ALICE), [], [policy]) == ""
