"""The dialect of tcsh: one `eval '…'` of ASCII characters on one line."""

from __future__ import annotations

import os

from shellvault.core.record import FromVariable, Secret, Unexported
from shellvault.shell.dialects import refuse_uncarriable, refuse_value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_ALPHANUMERIC = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789")
_PLAIN = _ALPHANUMERIC | frozenset(b"+/=_.:@,%;- ")
"""The bytes that mean nothing else within double quotes."""
_LONGEST = 4000
"""Bytes. In every 4,096 bytes of a command's output, tcsh may lose some that are not characters of its locale."""


def render(changes: Mapping[str, str | None], /) -> Secret:
    """Return one line that makes all changes, or makes none and fails.

    ``eval "`…`"`` joins lines with spaces, so no value may have a line break. A text that is cut off has an open quote.

    Values that are not `_PLAIN` are printed by one `echo` in the C locale, octal, into an array: `!` is special in
    quotes too, and tcsh garbles long texts with bytes that are no characters.
    """
    refuse_uncarriable(changes)
    odd = [os.fsencode(value) for value in changes.values() if value is not None and not _is_plain(value)]
    _refuse_odd(changes, sum(len(value) + 1 for value in odd))
    taken = {value for value in changes.values() if isinstance(value, FromVariable)}
    lines = [_print(odd)] if odd else []
    places = iter(range(1, len(odd) + 1))
    for name, value in changes.items():
        if value is None:
            lines.append(f"unset {name}" if name in taken else f"unsetenv {name}")
        elif isinstance(value, FromVariable):
            lines += [f"unsetenv {name}", rf"if ($?{value}) eval setenv {name} \${value}:q"]
        else:
            word = f'"{value}"' if _is_plain(value) else f"$__shellvault_odd[{next(places)}]:q"
            lines.append(f"set {name}={word}" if isinstance(value, Unexported) else f"setenv {name} {word}")
    lines += ["unset __shellvault_odd"] if odd else []
    quoted = "; ".join(lines).replace("'", "'\\''")
    return Secret(f"eval '{quoted}'\n")


def _is_plain(value: str) -> bool:
    return _PLAIN.issuperset(os.fsencode(value))


def _print(values: Sequence[bytes]) -> str:
    r"""Return the statement that puts values into an array; `both` makes echo know `\n` and `\101`."""
    escaped = r"\n".join(
        "".join(chr(byte) if byte in _ALPHANUMERIC else f"\\{byte:03o}" for byte in value) for value in values
    )
    return f"set __shellvault_odd=(\"`(setenv LC_ALL C; set echo_style=both; echo '{escaped}')`\")"


def _refuse_odd(changes: Mapping[str, str | None], size: int) -> None:
    """Refuse line breaks, and values with special characters that are together longer than `_LONGEST`."""
    for name, value in changes.items():
        if value and "\n" in value:
            raise refuse_value(name, "has a line break, and tcsh cannot carry it")
        if value and size > _LONGEST and not _is_plain(value):
            raise refuse_value(name, "is too long for tcsh to carry its special characters")
