"""User-facing text: names come from files and variables that others may write."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable


def sanitize(text: str) -> str:
    """Return a text in which nothing can move the cursor, change a colour or reverse the direction of the line."""
    return text if text.isprintable() else "".join(one if one.isprintable() else "?" for one in text)


def last4(key_id: str) -> str:
    """Return how an access key id is shown."""
    return f"…{key_id[-4:]}"


def quote_word(name: str) -> str:
    """Return a name as one word of a command line, which runs nothing when the line is pasted into a shell."""
    from shlex import quote  # only for errors

    return quote(name)


def quote_names(names: Iterable[str]) -> str:
    """Return names for a sentence, quoted and separated by commas."""
    return ", ".join(f"'{name}'" for name in names)


def count(number: int, noun: str) -> str:
    """Return a number with its noun in the singular or plural."""
    return f"{number} {noun}{'' if number == 1 else 's'}"
