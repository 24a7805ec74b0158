"""The shells' dialects by name: how each one spells export, unset and quoting. Knows no session and no profile."""

from __future__ import annotations

import sys

from shellvault.core.errors import UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Protocol

    from shellvault.core.record import Secret

    class Dialect(Protocol):
        """What a dialect's module provides."""

        def render(self, changes: Mapping[str, str | None], /) -> Secret:
            """Return statements that the shell runs whole or not at all; None means unset.

            They end with status 0 when every change was made, and otherwise fail without having made any.

            Raises:
                UsageError: a name or value cannot be carried safely; the message names the variable only.
            """

        def quote(self, value: str, /) -> str:
            """Return a value as one word in which nothing is expanded."""


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


def find_dialect(shell: str) -> Dialect:
    """Return a shell's dialect.

    Raises:
        UsageError: no dialect is known for it.
    """
    module = DIALECTS.get(shell)
    if module is None:
        raise UsageError(f"no dialect for the shell {shell!r}", f"choose one with --shell: {', '.join(DIALECTS)}")
    __import__(f"{__name__}.{module}")
    dialect: Dialect = getattr(sys.modules[__name__], module)
    return dialect


def eval_line(shell: str, command: str) -> str:
    """Return the line that makes a shell evaluate a command's output."""
    return f"{command} | source" if shell == "fish" else f'eval "$({command})"'


def refuse_uncarriable(changes: Mapping[str, str | None]) -> None:
    """Refuse what no environment can hold, and names that could be code; a value is never repeated.

    Raises:
        UsageError: the message names the variable only.
    """
    for name, value in changes.items():
        if not (name.isascii() and name.isidentifier()):
            raise UsageError(f"{name!r} is not a variable name", "use letters, digits and underscores")
        try:
            fits = value is None or b"\0" not in value.encode("utf-8", "surrogateescape")
        except UnicodeEncodeError:  # a lone surrogate, which no encoding of the environment has
            fits = False
        if not fits:
            raise UsageError(f"the value of {name} cannot be put into an environment", f"check where {name} comes from")
