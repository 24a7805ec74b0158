"""The dialect of bash, zsh, dash, ksh and their kin: one group command of quoted exports; nothing is ever expanded."""

from __future__ import annotations

from shellvault.core.record import Secret
from shellvault.shell.dialects.guard import refuse_uncarriable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

failure = "false\n"


def render(changes: Mapping[str, str | None], /) -> Secret:
    """Return one group command that makes all changes, or makes none and fails.

    A readonly variable would stop it half-way, and end dash altogether, so a subshell tries the unset first.
    Unsetting what will be exported drops whatever the variable was: an array, an integer, upper case.
    Nothing here hides the values from `set -x`: the shell traces its `eval` with them before it reads this text.
    """
    refuse_uncarriable(changes)
    if not changes:
        return Secret("true\n")
    # A backslash keeps the user's aliases out. Every statement ends in ";", for an unquoted `eval $(...)` too.
    unset = f"\\unset -v {' '.join(changes)}"
    exports = [f"\\export {name}={quote(value)};" for name, value in changes.items() if value is not None]
    lines = ["{", f"if ( {unset} ); then", f"{unset};", *exports, "else", "\\false;", "fi;", "}"]
    return Secret("\n".join(lines) + "\n")


def quote(value: str) -> str:
    """Return a value as one word in which nothing is expanded."""
    # Always quoted: zsh expands a bare =x, every shell a bare ~.
    return "'" + value.replace("'", "'\\''") + "'"
