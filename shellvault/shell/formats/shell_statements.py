"""A statement a line for POSIX shells and fish, to be sourced: what `env` prints besides is not in it.

A variable that is None is unset: a token from before would not fit the key.
"""

from __future__ import annotations

from shellvault.core.record import Secret
from shellvault.shell.dialects import fish as fishs
from shellvault.shell.dialects import posix as posixs
from shellvault.shell.dialects.guard import refuse_uncarriable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from shellvault.shell.formats.exported import Exported


def posix(exported: Exported) -> Secret:
    """Return `export` statements."""
    return _render(exported, "export {}={}\n", posixs.quote, "unset {}\n")


def fish(exported: Exported) -> Secret:
    """Return `set -gx` statements."""
    return _render(exported, "set -gx {} {}\n", fishs.quote, "set -eg {}; or true\n")  # fails where there is nothing


def _render(exported: Exported, export: str, quote: Callable[[str], str], unset: str) -> Secret:
    refuse_uncarriable(exported.variables)
    pairs = exported.variables.items()
    return Secret(
        "".join(unset.format(name) if value is None else export.format(name, quote(value)) for name, value in pairs)
    )
