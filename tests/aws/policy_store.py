"""The policies in the accounts: inline ones of users and roles, and managed ones."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from shellvault.core.record import Record
from tests.aws.policy import parse_policy

if TYPE_CHECKING:
    from collections.abc import Callable
    from threading import RLock

    from tests.aws.policy import Policy

_READ = {
    "cloudformation": ("Describe*", "Get*", "List*"),
    "dynamodb": ("BatchGet*", "Describe*", "Get*", "List*", "Query", "Scan"),
    "ec2": ("Describe*", "Get*", "Search*"),
    "iam": ("Generate*", "Get*", "List*", "Simulate*"),
    "lambda": ("Get*", "List*"),
    "s3": ("DescribeJob", "Get*", "List*"),
    "ssm": ("Describe*", "Get*", "List*"),
    "sts": ("GetAccessKeyInfo", "GetCallerIdentity"),
}
_AWS_MANAGED = {
    "AdministratorAccess": ["*"],
    "ReadOnlyAccess": [f"{service}:{name}" for service, names in _READ.items() for name in names],
}
_AWS_ARN = re.compile(rf"arn:aws[a-z-]*:iam::aws:policy/({'|'.join(_AWS_MANAGED)})", re.ASCII)


class _Change(Record):
    """A document put in place at a time (epoch seconds), or removed if it is empty."""

    takes_effect_at: float
    document: str


class PolicyStore:
    """Inline policies by the ARN of their user or role, and managed ones by their own; guarded by a lock."""

    def __init__(self, now: Callable[[], float], lock: RLock) -> None:
        self._now = now
        self._lock = lock
        self._changes: dict[str, dict[str, list[_Change]]] = {}
        self._managed: dict[str, str] = {}

    def put(self, arn: str, name: str, document: str, delay: float = 0) -> None:
        """Embed a document in a user or role, which takes effect after some seconds; an empty one removes it."""
        with self._lock:
            of_name = self._changes.setdefault(arn, {}).setdefault(name, [])
            of_name.append(_Change(self._now() + delay, document))

    def documents(self, arn: str) -> dict[str, str]:
        """Return the documents embedded in a user or role by name, in effect or not yet."""
        with self._lock:
            newest = {name: changes[-1].document for name, changes in self._changes.get(arn, {}).items()}
        return {name: newest[name] for name in sorted(newest) if newest[name]}

    def in_effect(self, arn: str) -> list[Policy]:
        """Return the policies embedded in a user or role that are in effect now."""
        with self._lock:
            embedded = list(self._changes.get(arn, {}).values())
            now = self._now()
        begun = [[each.document for each in changes if each.takes_effect_at <= now] for changes in embedded]
        return [parse_policy(documents[-1]) for documents in begun if documents and documents[-1]]

    def manage(self, arn: str, document: str) -> None:
        """Create a managed policy of a customer, or replace the one of this ARN."""
        parse_policy(document)
        with self._lock:
            self._managed[arn] = document

    def find_managed(self, arn: str) -> Policy | None:
        """Return a managed policy, of AWS or a customer."""
        if match := _AWS_ARN.fullmatch(arn):
            statement = {"Effect": "Allow", "Action": _AWS_MANAGED[match[1]], "Resource": "*"}
            return parse_policy(json.dumps({"Version": "2012-10-17", "Statement": [statement]}))
        with self._lock:
            document = self._managed.get(arn)
        return parse_policy(document) if document else None
