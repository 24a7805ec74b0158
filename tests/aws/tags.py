"""Session tags: requested and inherited ones, and AWS's restrictions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shellvault.core.record import Record
from tests.aws.errors import validation_error
from tests.aws.query import parse_members

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from tests.aws.identities import Credential

MOST = 50
"""The maximum number of tags, and of transitive keys, in a request."""


class SessionTags(Record):
    """The tags in a request, and all that are passed on to the next role."""

    passed: tuple[tuple[str, str], ...]
    transitive: tuple[tuple[str, str], ...]

    def __bool__(self) -> bool:
        return bool(self.passed or self.transitive)


def parse_session_tags(caller: Credential, params: Mapping[str, str]) -> SessionTags:
    """Return the tags of an AssumeRole request."""
    passed = tuple(_parse_tag(number, fields) for number, fields in enumerate(parse_members(params, "Tags"), 1))
    keys = [fields.get("", "") for fields in parse_members(params, "TransitiveTagKeys")]
    inherited = caller.session.transitive_tags if caller.session else ()
    _check_counts(passed, keys)
    _check_keys([key for key, _ in passed], keys, [key for key, _ in inherited])
    lasting = {key.lower() for key in keys}
    return SessionTags(passed, inherited + tuple(tag for tag in passed if tag[0].lower() in lasting))


def _parse_tag(number: int, fields: Mapping[str, str]) -> tuple[str, str]:
    for field in ("Key", "Value"):
        if field not in fields:
            where = f"tags.{number}.member.{field.lower()}"
            raise validation_error(
                f"1 validation error detected: Value null at '{where}' failed to satisfy constraint: "
                "Member must not be null"
            )
    return fields["Key"], fields["Value"]


def _check_counts(passed: tuple[tuple[str, str], ...], transitive: list[str]) -> None:
    for name, many in (("tags", len(passed)), ("transitiveTagKeys", len(transitive))):
        if many > MOST:
            raise validation_error(
                f"1 validation error detected: Value at '{name}' failed to satisfy constraint: "
                f"Member must have length less than or equal to {MOST}"
            )


def _check_keys(passed: list[str], transitive: list[str], inherited: list[str]) -> None:
    """Compare keys case-insensitively, as AWS does."""
    if reserved := [key for key in passed if key.lower().startswith("aws:")]:
        raise validation_error(f"Tag keys that begin with aws: are reserved: {', '.join(reserved)}")
    if len(_lower(passed)) < len(passed) or len(_lower(transitive)) < len(transitive):
        raise validation_error("Duplicate tag keys found. Please note that Tag keys are case insensitive.")
    if absent := _lower(transitive) - _lower(passed):
        raise validation_error(f"The transitive tag keys are not among the session tags: {', '.join(sorted(absent))}")
    if overridden := _lower(passed) & _lower(inherited):
        raise validation_error(f"Inherited transitive tags cannot be overridden: {', '.join(sorted(overridden))}")


def _lower(keys: Iterable[str]) -> set[str]:
    return {key.lower() for key in keys}
