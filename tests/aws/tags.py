"""Session tags: which ones a request asks for, which ones it inherits, and what AWS refuses about them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shellvault.core.record import Record
from tests.aws.errors import invalid
from tests.aws.query import members

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from tests.aws.identities import Credential

MOST = 50
"""Tags that a request may carry, and transitive keys that it may name."""


class SessionTags(Record):
    """The tags that a request passes, and those that go on to the next role: inherited ones and transitive ones."""

    passed: tuple[tuple[str, str], ...]
    transitive: tuple[tuple[str, str], ...]

    def __bool__(self) -> bool:
        return bool(self.passed or self.transitive)


def read(caller: Credential, params: Mapping[str, str]) -> SessionTags:
    """Return the tags of an AssumeRole request."""
    passed = tuple(_tag(number, fields) for number, fields in enumerate(members(params, "Tags"), 1))
    keys = [fields.get("", "") for fields in members(params, "TransitiveTagKeys")]
    inherited = caller.session.transitive_tags if caller.session else ()
    _check_counts(passed, keys)
    _check_keys([key for key, _ in passed], keys, [key for key, _ in inherited])
    lasting = {key.lower() for key in keys}
    return SessionTags(passed, inherited + tuple(tag for tag in passed if tag[0].lower() in lasting))


def _tag(number: int, fields: Mapping[str, str]) -> tuple[str, str]:
    for field in ("Key", "Value"):
        if field not in fields:
            where = f"tags.{number}.member.{field.lower()}"
            raise invalid(
                f"1 validation error detected: Value null at '{where}' failed to satisfy constraint: "
                "Member must not be null"
            )
    return fields["Key"], fields["Value"]


def _check_counts(passed: tuple[tuple[str, str], ...], transitive: list[str]) -> None:
    for name, many in (("tags", len(passed)), ("transitiveTagKeys", len(transitive))):
        if many > MOST:
            raise invalid(
                f"1 validation error detected: Value at '{name}' failed to satisfy constraint: "
                f"Member must have length less than or equal to {MOST}"
            )


def _check_keys(passed: list[str], transitive: list[str], inherited: list[str]) -> None:
    """Compare keys as AWS does, which keeps their case but does not tell keys apart by it."""
    if reserved := [key for key in passed if key.lower().startswith("aws:")]:
        raise invalid(f"Tag keys that begin with aws: are reserved: {', '.join(reserved)}")
    if len(_lowered(passed)) < len(passed) or len(_lowered(transitive)) < len(transitive):
        raise invalid("Duplicate tag keys found. Please note that Tag keys are case insensitive.")
    if absent := _lowered(transitive) - _lowered(passed):
        raise invalid(f"The transitive tag keys are not among the session tags: {', '.join(sorted(absent))}")
    if overridden := _lowered(passed) & _lowered(inherited):
        raise invalid(f"Inherited transitive tags cannot be overridden: {', '.join(sorted(overridden))}")


def _lowered(keys: Iterable[str]) -> set[str]:
    return {key.lower() for key in keys}
