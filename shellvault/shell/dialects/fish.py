"""The dialect of fish: one `begin … end` on one line; it never touches a universal variable."""

from __future__ import annotations

from shellvault.core.record import FromVariable, Secret, Unexported
from shellvault.shell.dialects import refuse_uncarriable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping


def render(changes: Mapping[str, str | None], /) -> Secret:
    """Return one block that makes all changes, or makes none and fails.

    It is one line, because `eval (…)` joins lines with spaces. An empty, local `fish_trace` keeps the values
    out of a trace until the block ends.
    """
    refuse_uncarriable(changes)
    sources = {value for value in changes.values() if isinstance(value, FromVariable)}
    gone = [name for name, value in changes.items() if name not in sources and _may_be_gone(value)]
    first = [f"set -eg {name};" for name in gone]
    last = [f"set -eg {name};" for name in changes if name in sources]
    sets = [_set(name, value) for name, value in changes.items() if value is not None]
    # Erasing a missing variable returns 4 and setting one keeps that status, hence the `true`.
    body = " ".join([*first, *sets, *last, "true;"])
    return Secret(f"begin; set -l fish_trace; {_unless_universal(gone, body)} end\n")


def _may_be_gone(value: str | None) -> bool:
    return value is None or isinstance(value, FromVariable)


def _set(name: str, value: str) -> str:
    if isinstance(value, FromVariable):
        return f"set -qg {value}; and set -gx {name} ${value};"
    return f"set -g{'u' if isinstance(value, Unexported) else 'x'} {name} {quote(value)};"


def _unless_universal(gone: list[str], body: str) -> str:
    """Make the body fail, with the line to type, where an exported universal variable would outlive its unset.

    Without a global that hides it, a universal variable is visible in every child. An unexported global does not hide
    it (fish 3.6); an empty exported one does, but an empty AWS_PROFILE breaks boto3 and the AWS CLI.
    """
    if not gone:
        return body
    return (
        "set -l __shellvault_kept; "
        f"for __shellvault_name in {' '.join(gone)}; "
        "set -qUx $__shellvault_name; and set __shellvault_kept $__shellvault_kept $__shellvault_name; end; "
        "if set -q __shellvault_kept[1]; "
        'echo "error: universal variables would stay visible: $__shellvault_kept" >&2; '
        'echo "hint: set -eU $__shellvault_kept" >&2; false; '
        f"else; {body} end;"
    )


def quote(value: str) -> str:
    """Return a value as one word in which nothing is expanded."""
    # fish: backslash is special inside single quotes; a newline is spelled outside of them.
    escaped = value.replace("\\", "\\\\").replace("'", "\\'")
    return "'" + escaped.replace("\n", "'\\n'") + "'"
