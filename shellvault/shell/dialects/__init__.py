"""The shells' dialects by name: how each one spells export, unset and quoting. Knows no session and no profile."""

from __future__ import annotations

import sys

from shellvault.core.errors import UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Protocol

    from shellvault.core.record import Secret

    class Dialect(Protocol):
        """What a dialect's module provides."""

        def render(self, changes: Mapping[str, str | None], /) -> Secret:
            """Return statements that the shell runs whole or not at all; None means unset.

            They succeed when every change was made, and otherwise fail without having made any.

            Raises:
                UsageError: a name or value cannot be carried safely; the message names the variable only.
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
    "yash": "yash",
    "fish": "fish",
    "tcsh": "tcsh",
    "elvish": "elvish",
    "nu": "nushell",
    "nushell": "nushell",
    "xonsh": "xonsh",
    "pwsh": "powershell",
    "powershell": "powershell",
}
"""Shell to module of this package; a module is loaded when its shell is asked for."""

_START, _END, _ENV = 'eval "$(', ')"', "shellvault env"
_EVAL_LINES = {
    "fish": "{} | source",
    "tcsh": 'eval "`{}`"',
    "elvish": "eval ({} | slurp)",
    "nushell": "{} | from json | load-env",
    "xonsh": "exec($({}))",
    "powershell": "{} | Out-String | Invoke-Expression",
}
"""Module -> the line that makes its shells evaluate a command's output; the others have POSIX's."""

FAILURE = "false\n"
"""What makes such a line fail and change nothing: a command in most, no record for `load-env`, no name in Python."""
_FAILURES = {"powershell": "throw 'shellvault failed'\n"}  # Invoke-Expression succeeds whatever a program returns


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


def find_quote(shell: str) -> Callable[[str], str]:
    """Return what quotes a word in a shell that has a hook."""
    quote: Callable[[str], str] = vars(find_dialect(shell))["quote"]
    return quote


def eval_line(shell: str, command: str) -> str:
    """Return the line that makes a shell evaluate a command's output."""
    return _EVAL_LINES.get(DIALECTS.get(shell, ""), f"{_START}{{}}{_END}").format(command)


def respell(text: str, shell: str) -> str:
    """Return a text in which lines that evaluate `shellvault env` are POSIX's, with each as this shell needs it."""
    first, *others = text.split(f"{_START}{_ENV}")
    parts = [part.partition(_END) for part in others]
    return first + "".join(eval_line(shell, f"{_ENV}{words}") + rest for words, _end, rest in parts)


def failure_text(shell: str) -> str:
    """Return the text that makes a shell's evaluation fail, and changes nothing."""
    return _FAILURES.get(DIALECTS.get(shell, ""), FAILURE)


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


def refuse_value(name: str, why: str) -> UsageError:
    """Return the error for a value that one shell cannot carry; `why` names the shell.

    A variable that the user changes is theirs, and not restored: so this is the way out of a session, too.
    """
    return UsageError(f"the value of {name} {why}", f"give {name} another value, then type the same again")


def refuse_invalid_text(changes: Mapping[str, str | None], shell: str) -> None:
    """Refuse bytes that are not UTF-8, for a shell whose strings are text; and what `refuse_uncarriable` refuses.

    Raises:
        UsageError: the message names the variable only.
    """
    refuse_uncarriable(changes)
    for name, value in changes.items():
        if value is not None and any("\udc80" <= character <= "\udcff" for character in value):
            raise refuse_value(name, f"is not valid UTF-8, and {shell} cannot carry it")
