"""How a session is obtained that no profile alone describes: fields in one line, as a shell remembers them. Pure."""

from __future__ import annotations

from shellvault.core.shell_memory import escape, unescape

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    Fields = Iterable[tuple[str, str]]


def format_via(fields: Fields) -> str:
    """Return fields as `KEY=VALUE KEY=VALUE`, without a space in any value."""
    return " ".join([f"{key}={escape(value).replace(' ', '%20')}" for key, value in fields])


def parse_via(text: str) -> list[tuple[str, str]]:
    """Read what `format_via` returned; a word without a key is left out."""
    pairs = (word.partition("=") for word in text.split(" "))
    return [(key, unescape(value.replace("%20", " "))) for key, equals, value in pairs if equals]
