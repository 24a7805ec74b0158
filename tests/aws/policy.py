"""IAM policies: reads documents and decides what a caller may do, without depending on the server.

Source: "IAM JSON policy elements reference" and "Policy evaluation logic" in the IAM User Guide.
"""

from __future__ import annotations

import json
import re
from datetime import datetime
from typing import TYPE_CHECKING, Any

from shellvault.core.record import Record
from tests.aws.errors import AwsError

if TYPE_CHECKING:
    from collections.abc import Iterable

ALPHABET = r"[\u0009\u000A\u000D\u0020-\u00FF]+"
"""The characters of a document, as a regular expression."""

_VERSIONS = ("2008-10-17", "2012-10-17")
_POLICY_KEYS = {"Version", "Id", "Statement"}
_STATEMENT_KEYS = {"Sid", "Effect", "Action", "NotAction", "Resource", "NotResource", "Condition"}
_ACTION = re.compile(r"\*|[a-z0-9-]+:[a-z0-9*?]+", re.ASCII | re.IGNORECASE)
_RESOURCE = re.compile(r"\*|arn:[^:]*:[^:]*:[^:]*:[^:]*:.+", re.DOTALL)
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)", re.ASCII)


class Attempt(Record):
    """An action, such as iam:GetUser, that a caller attempts on a resource, an ARN.

    `token_issued_at` is when its session was issued, in epoch seconds, and None for a user's own key.
    """

    action: str
    resource: str
    token_issued_at: float | None = None


class Statement(Record):
    """A statement: `allows` or denies what it matches; `excludes_…` stand for NotAction and NotResource.

    It matches only sessions that were issued before one of the times in each of `issued_before` (epoch seconds).
    """

    allows: bool
    actions: tuple[str, ...]
    resources: tuple[str, ...]
    excludes_actions: bool = False
    excludes_resources: bool = False
    issued_before: tuple[tuple[float, ...], ...] = ()

    def matches(self, attempt: Attempt) -> bool:
        """Return whether this statement applies."""
        action = attempt.action.lower()
        if any(_matches_wildcards(each.lower(), action) for each in self.actions) == self.excludes_actions:
            return False
        if any(_matches_wildcards(each, attempt.resource) for each in self.resources) == self.excludes_resources:
            return False
        issued_at = attempt.token_issued_at
        return not self.issued_before or (
            issued_at is not None and all(any(issued_at < each for each in times) for times in self.issued_before)
        )


Policy = tuple[Statement, ...]


def find_refusal(attempt: Attempt, identity: Iterable[Policy], session: Iterable[Policy] | None) -> str:
    """Return why an attempt is refused, as AWS's messages end, or the empty string if it is allowed.

    Callers may do everything that the policies of their `identity`, a user or role, do not deny. The policies of a
    `session`, if any were passed, have to allow it as well, one of them at least.
    """
    if _decide(identity, attempt, allows=False):
        return "with an explicit deny in an identity-based policy"
    if session is None:
        return ""
    passed = tuple(session)
    if _decide(passed, attempt, allows=False):
        return "with an explicit deny in a session policy"
    return (
        "" if _decide(passed, attempt, allows=True) else f"because no session policy allows the {attempt.action} action"
    )


def _decide(policies: Iterable[Policy], attempt: Attempt, *, allows: bool) -> bool:
    return any(each.allows is allows and each.matches(attempt) for policy in policies for each in policy)


def _matches_wildcards(pattern: str, text: str) -> bool:
    wild = {"*": ".*", "?": "."}
    return bool(re.fullmatch("".join(wild.get(each) or re.escape(each) for each in pattern), text, re.DOTALL))


def parse_policy(text: str) -> Policy:
    """Return the statements of a document; refuse what AWS refuses, and conditions that this server does not know."""
    try:
        document = json.loads(text)
    except ValueError:
        raise _malformed("This policy contains invalid Json") from None
    if not isinstance(document, dict) or document.keys() - _POLICY_KEYS or not document.get("Statement"):
        raise _malformed("Syntax errors in policy.")
    if document.get("Version", _VERSIONS[0]) not in _VERSIONS:
        raise _malformed("The policy must contain a valid version string")
    statements = document["Statement"] if isinstance(document["Statement"], list) else [document["Statement"]]
    named = [each["Sid"] for each in statements if isinstance(each, dict) and each.get("Sid")]
    if any(not isinstance(each, str) or not re.fullmatch("[0-9A-Za-z]*", each) for each in named):
        raise _malformed("Statement IDs (SID) must be alpha-numeric.")
    if len(set(named)) < len(named):
        raise _malformed("Statement IDs (SID) in a single policy must be unique.")
    return tuple(_parse_statement(each) for each in statements)


def _parse_statement(given: Any) -> Statement:
    if not isinstance(given, dict) or given.get("Effect") not in ("Allow", "Deny"):
        raise _malformed("Syntax errors in policy.")
    if not given.keys().isdisjoint({"Principal", "NotPrincipal"}):
        raise _malformed("Policy document should not specify a principal.")
    if given.keys() - _STATEMENT_KEYS:
        raise _malformed("Syntax errors in policy.")
    actions = _parse_patterns(given, "Action", "Policy statement must contain actions.")
    if not all(map(_ACTION.fullmatch, actions)):
        raise _malformed("Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.")
    resources = _parse_patterns(given, "Resource", "Policy statement must contain resources.")
    for each in resources:
        if not _RESOURCE.fullmatch(each):
            raise _malformed(f'Resource {each} must be in ARN format or "*".')
        if "${" in each:
            raise AwsError("TestServerUnknownPolicy", f"the test server does not know policy variables: {each}")
    return Statement(
        given["Effect"] == "Allow",
        actions,
        resources,
        "NotAction" in given,
        "NotResource" in given,
        _parse_condition(given.get("Condition", {})),
    )


def _parse_patterns(given: dict[str, Any], name: str, missing: str) -> tuple[str, ...]:
    """Return the values of an element, or of the one that excludes them."""
    if name in given and f"Not{name}" in given:
        raise _malformed("Syntax errors in policy.")
    values = _list_texts(given.get(name, given.get(f"Not{name}", [])))
    if not values:
        raise _malformed(missing)
    return values


def _parse_condition(given: Any) -> tuple[tuple[float, ...], ...]:
    if not isinstance(given, dict):
        raise _malformed("Syntax errors in policy.")
    found = []
    for operator, tests in given.items():
        if operator != "DateLessThan":
            raise _malformed(f"Invalid Condition type : {operator}.")
        if not isinstance(tests, dict) or not tests:
            raise _malformed("Syntax errors in policy.")
        for key, values in tests.items():
            if key.lower() != "aws:tokenissuetime":
                raise AwsError("TestServerUnknownPolicy", f"the test server does not know the condition key {key}")
            found.append(tuple(map(_parse_moment, _list_texts(values))))
    return tuple(found)


def _parse_moment(text: str) -> float:
    if not _MOMENT.fullmatch(text):
        raise _malformed(f"Invalid date in condition : {text}.")
    try:
        return datetime.fromisoformat(text).timestamp()
    except ValueError:
        raise _malformed(f"Invalid date in condition : {text}.") from None


def _list_texts(given: Any) -> tuple[str, ...]:
    values = given if isinstance(given, list) else [given]
    if not all(isinstance(each, str) for each in values):
        raise _malformed("Syntax errors in policy.")
    return tuple(values)


def _malformed(message: str) -> AwsError:
    return AwsError("MalformedPolicyDocument", message)
