"""The dialect of bash, zsh, dash, ksh and related shells: one group command of quoted exports, with no expansions."""

from __future__ import annotations

from shellvault.core.record import Secret
from shellvault.shell.dialects import refuse_uncarriable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping


def render(changes: Mapping[str, str | None], /) -> Secret:
    """Return one group command that makes all changes, or makes none and fails.

    A readonly variable would stop it half-way, and make dash exit, so a subshell tries the unset first.
    Unsetting what will be exported drops the attributes of the variable: array, integer, upper case.
    Nothing here hides the values from `set -x`: the shell traces its `eval` with them before it reads this text.
    """
    refuse_uncarriable(changes)
    if not changes:
        return Secret("true\n")
    # A backslash bypasses aliases. Every statement ends in ";", for an unquoted `eval $(...)` too.
    unset = f"\\unset -v {' '.join(changes)}"
    exports = [f"\\export {name}={quote(value)};" for name, value in changes.items() if value is not None]
    lines = ["{", f"if ( {unset} ); then", f"{unset};", *exports, "else", "\\false;", "fi;", "}"]
    return Secret("\n".join(lines) + "\n")


def quote(value: str) -> str:
    """Return a value as one word in which nothing is expanded."""
    # Always quoted: zsh expands a bare =x, every shell a bare ~.
    return "'" + value.replace("'", "'\\''") + "'"
