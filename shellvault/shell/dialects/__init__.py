"""The shells' dialects by name: how each one spells export, unset and quoting; it knows no session and no profile."""

from __future__ import annotations

import sys

from shellvault.core.errors import UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Protocol

    from shellvault.core.record import Secret

    class Dialect(Protocol):
        """What a dialect's module offers."""

        failure: str
        """A statement that changes nothing and fails, so that `eval` of a failed command fails too."""

        def render(self, changes: Mapping[str, str | None], /) -> Secret:
            """Return statements that the shell runs whole or not at all; None means unset.

            They end with status 0 when every change was made, and fail otherwise, having made none.

            Raises:
                UsageError: when a name or value cannot be carried safely; the message names the variable only.
            """


DIALECTS = {
    "bash": "posix",
    "zsh": "posix",
    "sh": "posix",
    "dash": "posix",
    "ash": "posix",
    "busybox": "posix",
    "ksh": "posix",
    "mksh": "posix",
    "fish": "fish",
}
"""Shell to module of this package; a module is loaded when its shell is asked for."""


def dialect(name: str) -> Dialect:
    """Return the dialect of a shell, by the shell's name.

    Raises:
        UsageError: when no dialect has this name.
    """
    module = DIALECTS.get(name)
    if module is None:
        known = ", ".join(DIALECTS)
        raise UsageError(f"no dialect for the shell {name!r}", f"choose one with --shell: {known}")
    __import__(f"{__name__}.{module}")
    loaded: Dialect = getattr(sys.modules[__name__], module)
    return loaded
