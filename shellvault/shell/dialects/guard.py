"""What no dialect can carry; it never repeats a value, which may be a secret."""

from __future__ import annotations

from shellvault.core.errors import UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping


def refuse_uncarriable(changes: Mapping[str, str | None]) -> None:
    """Raise UsageError for a name that could be code, or a value that no environment can hold."""
    for name, value in changes.items():
        if not (name.isascii() and name.isidentifier()):
            raise UsageError(f"{name!r} is not a variable's name", "use letters, digits and underscores")
        if value is not None and not _fits(value):
            raise UsageError(f"the value of {name} cannot be put into an environment", f"check where {name} comes from")


def _fits(value: str) -> bool:
    try:
        return b"\0" not in value.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:  # a lone surrogate, which no encoding of the environment has
        return False
