"""The colours of names and states: those of the prompt, which docs/live-shells.md describes. Pure."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

FRESH, DUE, DANGER = "\x1b[32m", "\x1b[33m", "\x1b[1;97;41m"
_LONGEST = 1000  # characters of all patterns, as in the hook


def allows_color(environ: Mapping[str, str]) -> bool:
    """Return whether the user wants colours on a terminal."""
    return not environ.get("NO_COLOR") and environ.get("TERM") != "dumb"


def split_patterns(text: str) -> list[str]:
    """Return the patterns of names that stand out, which are separated by spaces."""
    return [pattern for pattern in text[:_LONGEST].split(" ") if pattern]


def is_dangerous(name: str, patterns: Sequence[str]) -> bool:
    """Return whether a profile's name matches one of the patterns."""
    return any(_matches(name, pattern) for pattern in patterns)


def _matches(name: str, pattern: str) -> bool:
    inner = pattern.strip("*")
    if pattern == f"*{inner}*" and not set(inner) & set("*?["):  # the usual form
        return inner in name
    from fnmatch import fnmatchcase

    return fnmatchcase(name, pattern)
