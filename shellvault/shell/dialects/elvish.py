"""The dialect of elvish: one lambda that is called at once."""

from __future__ import annotations

import os

from shellvault.core.record import FromVariable, Secret, Unexported
from shellvault.shell.dialects import refuse_uncarriable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping


def render(changes: Mapping[str, str | None], /) -> Secret:
    """Return one lambda that makes all changes; elvish compiles it whole before it runs any of it.

    `eval` can declare no variable that outlives it. So an unexported value is the default of an option of a function
    that does nothing, among those that elvish calls before it changes the folder.
    """
    refuse_uncarriable(changes)
    taken = {value for value in changes.values() if isinstance(value, FromVariable)}
    lines = []
    for name, value in changes.items():
        if isinstance(value, FromVariable):
            lines += [f"del E:{name}", _for_each(value, f"set E:{name} = $__shellvault_each[opt-defaults][0]")]
        elif isinstance(value, Unexported):
            lines += [_forget(name), f"set before-chdir = [$@before-chdir {{|_ &{name}={quote(value)}| }}]"]
        elif value is None:
            lines.append(_forget(name) if name in taken else f"del E:{name}")
        else:
            lines.append(f"set E:{name} = {quote(value)}")
    return Secret("\n".join(["{", *lines, "}"]) + "\n")


def _for_each(variable: str, then: str, otherwise: str = "") -> str:
    """Return a loop over the functions that runs `then` for the one that has a value, and `otherwise` for others."""
    is_it = f"(and (has-key $__shellvault_each opt-names) (has-value $__shellvault_each[opt-names] {variable}))"
    return f"for __shellvault_each $before-chdir {{ if {is_it} {{ {then} }} else {{ {otherwise} }} }}"


def _forget(variable: str) -> str:
    return f"set before-chdir = [({_for_each(variable, '', 'put $__shellvault_each')})]"


def quote(value: str) -> str:
    """Return a value as one word in which nothing is expanded."""
    if value.isprintable():
        return "'" + value.replace("'", "''") + "'"
    return '"' + "".join(map(_escape, os.fsencode(value))) + '"'


def _escape(byte: int) -> str:
    return chr(byte) if chr(byte).isalnum() and byte < 128 else f"\\x{byte:02x}"  # noqa: PLR2004 - ASCII
