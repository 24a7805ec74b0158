"""The inline policy with which AWS's console revokes sessions: it denies everything to older ones. Pure.

A moment is in UTC, such as `2026-01-01T00:00:00Z`: texts of this form sort by time. Source: "Revoke IAM role temporary
security credentials" in the IAM User Guide.
"""

from __future__ import annotations

import json
import time

from shellvault.core.environment import UTC

POLICY_NAME = "AWSRevokeOlderSessions"
_ISSUE_TIME = "aws:TokenIssueTime"
_OPERATOR = "DateLessThan"
_DAY = 24 * 60 * 60  # seconds; clocks may be wrong by so much
_TO_THE_SECOND = 19  # characters of a moment without its zone
_KEYS = {"Sid", "Effect", "Action", "Resource", "Condition"}


def format_moment(at: int) -> str:
    """Return a time in epoch seconds as a moment."""
    return time.strftime(UTC, time.gmtime(at))


def is_moment(text: str) -> bool:
    """Return whether a text is a moment that is not far in the future."""
    return _is_time(text) and text < format_moment(int(time.time()) + _DAY)


def _is_time(text: str) -> bool:
    try:
        time.strptime(text, UTC)
    except ValueError:
        return False
    return True


def make_policy(moment: str) -> str:
    """Return the policy, as JSON."""
    condition = {_OPERATOR: {_ISSUE_TIME: moment}}
    statement = {"Effect": "Deny", "Action": ["*"], "Resource": ["*"], "Condition": condition}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def find_moment(policy: object) -> str:
    """Return the last moment before which sessions are denied everything by a policy, as IAM returns it.

    Empty if there is none, or none that can be read.
    """
    found = policy.get("Statement") if isinstance(policy, dict) else None
    return max(map(_read_statement, found if isinstance(found, list) else [found]), default="")


def _read_statement(statement: object) -> str:
    if not isinstance(statement, dict) or statement.get("Effect") != "Deny" or statement.keys() - _KEYS:
        return ""
    is_whole = all(_unpack(statement.get(key)) == "*" for key in ("Action", "Resource"))
    return _read_condition(statement.get("Condition")) if is_whole else ""


def _read_condition(condition: object) -> str:
    tests = condition.get(_OPERATOR) if isinstance(condition, dict) and len(condition) == 1 else None
    if not isinstance(tests, dict) or [str(key).lower() for key in tests] != [_ISSUE_TIME.lower()]:
        return ""
    (value,) = tests.values()
    text = _unpack(value)
    moment, rest = f"{text[:_TO_THE_SECOND]}Z", text[_TO_THE_SECOND:]
    is_whole = rest == "Z" or (rest[:1] == "." and rest[1:-1].isdigit() and rest[-1:] == "Z")
    return moment if is_whole and _is_time(moment) else ""


def _unpack(value: object) -> str:
    """Return a text, or the only one in a list; empty for anything else."""
    alone = value[0] if isinstance(value, list) and len(value) == 1 else value
    return alone if isinstance(alone, str) else ""
