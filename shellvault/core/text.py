"""Text on its way to a terminal. Names come from files and variables that others may write."""

from __future__ import annotations


def sanitize(text: str) -> str:
    """Return a text in which nothing can move the cursor, change a colour or turn the line's direction."""
    return text if text.isprintable() else "".join(one if one.isprintable() else "?" for one in text)


def last4(key_id: str) -> str:
    """Return what is shown of an access key id."""
    return f"…{key_id[-4:]}"
