"""A statement a line for PowerShell and for cmd."""

from __future__ import annotations

from shellvault.core.record import Secret
from shellvault.shell.formats.exported import is_one_line, is_plain, refuse_value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from shellvault.shell.formats.exported import Exported

_QUOTES = "'\u2018\u2019\u201a\u201b"
"""PowerShell takes all of these for a single quote (about_Quoting_Rules); each stands for itself when it is doubled."""


def powershell(exported: Exported) -> Secret:
    """Return assignments to `$Env:`, for Invoke-Expression too, which gets one line at a time."""
    for name, value in exported.variables.items():
        if not is_one_line(value or ""):
            raise refuse_value(name, "a PowerShell line")
    return Secret("".join(_assignment(name, value) for name, value in exported.variables.items()))


def cmd(exported: Exported) -> Secret:
    """Return `set` lines; cmd expands `%` and `!` in quotes too, so nothing that needs quotes is written."""
    for name, value in exported.variables.items():
        if not is_plain(value or ""):
            raise refuse_value(name, "a line for cmd (format windows-cmd)")
    return Secret("".join(f"set {name}={value or ''}\n" for name, value in exported.variables.items()))


def _assignment(name: str, value: str | None) -> str:
    if value is None:
        return f"Remove-Item Env:{name} -ErrorAction Ignore\n"
    return f"$Env:{name} = '{''.join(2 * one if one in _QUOTES else one for one in value)}'\n"
