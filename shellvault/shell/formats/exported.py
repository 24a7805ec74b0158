"""What a format writes down, and how it refuses what it cannot carry."""

from __future__ import annotations

from shellvault.core.errors import UsageError
from shellvault.core.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping


class Exported(Record):
    """A profile's credentials and region, under the names that SDKs read in an environment; None: to be unset."""

    profile: str
    variables: Mapping[str, str | None]


def refuse_value(name: str, form: str) -> UsageError:
    """Return the error for a value that a format cannot carry; it never repeats the value."""
    return UsageError(
        f"{name} cannot be written as {form}", "choose another one: shellvault export PROFILE --format json"
    )


def is_plain(value: str) -> bool:
    """Say whether a value is read alike by everybody, without any quotes: base64, times and regions are."""
    return value.isascii() and all(character.isalnum() or character in "+/=-_.:" for character in value)


def is_one_line(value: str) -> bool:
    """Say whether a value is text without any control character."""
    return not any(character < " " or character in "\x7f\x85\u2028\u2029" for character in value)
