"""The dialect of bash, zsh, dash, ksh and related shells: one group command of quoted exports, with no expansions."""

from __future__ import annotations

from shellvault.core.record import FromVariable, Secret, Unexported
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
    if not changes:
        return Secret("true\n")
    special = {name: value for name, value in changes.items() if isinstance(value, Unexported | FromVariable)}
    later = {value if isinstance(value, FromVariable) else name for name, value in special.items()}
    # A backslash bypasses aliases. Every statement ends in ";", for an unquoted `eval $(...)` too.
    unset = f"\\unset -v {' '.join([name for name in changes if name not in later])}"
    exported = {name: value for name, value in changes.items() if value is not None and name not in special}
    exports = [f"\\export {name}={quote(value)};" for name, value in exported.items()]
    if special:
        exports += _move(special, [name for name, value in changes.items() if value is None and name in later])
    lines = ["{", f"if ( {unset} ); then", f"{unset};", *exports, "else", "\\false;", "fi;", "}"]
    refuse_uncarriable(changes)
    return Secret("\n".join(lines) + "\n")


def _move(special: Mapping[str, str], used_up: list[str]) -> list[str]:
    """Return lines that set unexported variables, export values taken from such variables, and unset the used ones."""
    aside = {name: value for name, value in special.items() if isinstance(value, Unexported)}
    lines = _set_aside(aside) if aside else []
    taken = {name: value for name, value in special.items() if name not in aside}
    lines += [f'case ${{{value}+x}} in x) \\export {name}="${value}";; esac;' for name, value in taken.items()]
    return [*lines, f"\\unset -v {' '.join(used_up)};"] if used_up else lines


def _set_aside(aside: Mapping[str, str]) -> list[str]:
    names = " ".join(aside)
    return [
        "case $- in *a*) \\set +a; __shellvault_all=1;; esac;",  # under `set -a` what is set is exported
        f"\\unset -v {names};",
        f"case ${{ZSH_VERSION+x}} in x) \\typeset -g {names};; esac;",  # zsh may warn of variables set in functions
        *(f"{name}={quote(value)};" for name, value in aside.items()),
        "case ${__shellvault_all+x} in x) \\unset -v __shellvault_all; \\set -a;; esac;",
    ]


def quote(value: str) -> str:
    """Return a value as one word in which nothing is expanded."""
    # Always quoted: zsh expands a bare =x, every shell a bare ~.
    return "'" + value.replace("'", "'\\''") + "'"
