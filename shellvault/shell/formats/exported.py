"""What a format writes, and how it refuses what it cannot carry."""

from __future__ import annotations

from shellvault.core.errors import UsageError
from shellvault.core.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping


class Exported(Record):
    """A profile's credentials and region, under the variable names that SDKs read; None means unset."""

    profile: str
    variables: Mapping[str, str | None]


def refuse_value(name: str, form: str) -> UsageError:
    """Return the error for a value that a format cannot carry, without the value."""
    return UsageError(
        f"{name} cannot be written as {form}", "choose another format: shellvault export PROFILE --format json"
    )


def is_plain(value: str) -> bool:
    """Return whether every reader takes a value as it is, without quotes: base64, times and regions are such."""
    return value.isascii() and all(character.isalnum() or character in "+/=-_.:" for character in value)


def is_one_line(value: str) -> bool:
    """Return whether a value is free of control characters."""
    return not any(character < " " or character in "\x7f\x85\u2028\u2029" for character in value)
