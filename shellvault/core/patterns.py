"""Shell patterns on profiles' names: which names they choose, and which profiles are dangerous. Pure."""

from __future__ import annotations

from shellvault.core.errors import NoSuchProfileError
from shellvault.core.text import quote_word

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

DANGER = "*prod*"
"""The patterns of dangerous profiles where SHELLVAULT_DANGER is not set, as in the hooks."""

_HOOKS_READ = str.maketrans("()|", "???")  # the hooks know no alternatives: see __shellvault_matches


def select_matching(names: Sequence[str], patterns: Sequence[str]) -> list[str]:
    """Return the names that match one of the patterns, in their own order; upper and lower case differ.

    A pattern that is exactly a name also selects that name, even if it contains wildcards.

    Raises:
        NoSuchProfileError: a pattern matches nothing.
    """
    from fnmatch import fnmatchcase

    for pattern in patterns:
        if pattern not in names and not any(fnmatchcase(name, pattern) for name in names):
            raise _nothing_matches(pattern, names)
    return [name for name in names if name in patterns or any(fnmatchcase(name, pattern) for pattern in patterns)]


def is_literal(pattern: str) -> bool:
    """Return whether a pattern matches only itself."""
    return not any(sign in pattern for sign in "*?[")


def is_dangerous(name: str, patterns: str) -> bool:
    """Return whether a profile matches one of these patterns, which spaces separate."""
    return any(_matches(name, pattern.translate(_HOOKS_READ)) for pattern in patterns.split(" ") if pattern)


def _matches(name: str, pattern: str) -> bool:
    inner = pattern.strip("*")
    if pattern == f"*{inner}*" and is_literal(inner):  # the usual form; the other way loads a module for expressions
        return inner in name
    from fnmatch import fnmatchcase

    return fnmatchcase(name, pattern)


def _nothing_matches(pattern: str, names: Sequence[str]) -> NoSuchProfileError:
    from difflib import get_close_matches

    from shellvault.core.chain.misread_names import find_near

    near = get_close_matches(pattern, names, n=1)
    hint = f"did you mean {quote_word(near[0])}?" if near else "shellvault list shows all of them"
    if is_literal(pattern) and any(pattern in name for name in names):
        hint = f"did you mean {quote_word(f'*{pattern}*')}?"
    elif not near and (alike := find_near(pattern.strip("*?"), names)):
        hint = f"did you mean {alike}?"
    return NoSuchProfileError(f"no profile or key pair matches '{pattern}'", hint).lacks(pattern)
