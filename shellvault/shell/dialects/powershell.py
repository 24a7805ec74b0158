"""The dialect of PowerShell, written by its documentation: no PowerShell has run it."""

from __future__ import annotations

from shellvault.core.record import FromVariable, Secret, Unexported
from shellvault.shell.dialects import refuse_invalid_text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

_GET = "Microsoft.PowerShell.Utility\\Get-Variable -Scope Global -ValueOnly -ErrorAction Ignore"  # not an alias of it


def render(changes: Mapping[str, str | None], /) -> Secret:
    """Return one block that makes all changes; PowerShell parses it whole before it runs any of it.

    `. {…}` runs in the caller's scope. Assigning $null removes a variable, whether or not it is there. Versions before
    7.5 also remove one that gets an empty string. Get-Variable gives nothing where nothing was set aside.
    """
    refuse_invalid_text(changes, "PowerShell")
    taken = {value for value in changes.values() if isinstance(value, FromVariable)}
    lines = []
    for name, value in changes.items():
        if isinstance(value, FromVariable):
            lines.append(f"$env:{name} = {_GET} -Name {value}")
        else:
            scope = "global" if isinstance(value, Unexported) or name in taken else "env"
            lines.append(f"${scope}:{name} = {quote(value)}")
    return Secret("\n".join([". {", *(lines or ["$null"]), "}"]) + "\n")


def quote(value: str | None) -> str:
    """Return a value as an expression of ASCII characters: a console may decode others in another way."""
    if value is None:
        return "$null"
    if value.isascii() and value.isprintable() and "'" not in value:
        return f"'{value}'"
    data = value.encode("utf-16-le")  # .NET's characters
    units = [int.from_bytes(data[at : at + 2], "little") for at in range(0, len(data), 2)]
    return f"-join[char[]]@({','.join(map(str, units))})"
