"""Formats with a line for each variable: dotenv files, and statements for shells to source, some on one line for all.

A variable that is None is unset where the format can say so: a token from before would not fit the new key.
"""

from __future__ import annotations

from shellvault.core.record import Secret
from shellvault.shell.dialects import find_dialect, refuse_uncarriable
from shellvault.shell.dialects.fish import quote as quote_fish
from shellvault.shell.dialects.posix import quote as quote_posix
from shellvault.shell.formats.exported import is_one_line, is_plain, refuse_value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from shellvault.shell.formats.exported import Exported

_QUOTES = "'\u2018\u2019\u201a\u201b"
"""PowerShell accepts all of these as a single quote (about_Quoting_Rules); doubled, each stands for itself."""


def render_dotenv(exported: Exported) -> Secret:
    """Return KEY=value lines without quotes, for dotenv files, docker --env-file, systemd and `env $(…)`.

    Docker takes quotes as part of the value, dotenv readers expand what is not quoted, and each has its own escapes. So
    only values that need neither are written.
    """
    given = {name: value for name, value in exported.variables.items() if value is not None}
    for name, value in given.items():
        if not is_plain(value):
            raise refuse_value(name, "a dotenv line (format env)")
    return Secret("".join(f"{name}={value}\n" for name, value in given.items()))


def render_posix(exported: Exported) -> Secret:
    """Return `export` statements."""
    return _render(exported, "export {}={}\n", quote_posix, "unset {}\n")


def render_fish(exported: Exported) -> Secret:
    """Return `set -gx` statements."""
    return _render(exported, "set -gx {} {}\n", quote_fish, "set -eg {}; or true\n")  # fails where nothing is set


def render_tcsh(exported: Exported) -> Secret:
    """Return the statement that `env` writes for tcsh."""
    return find_dialect("tcsh").render(exported.variables)


def render_elvish(exported: Exported) -> Secret:
    """Return the statement that `env` writes for elvish."""
    return find_dialect("elvish").render(exported.variables)


def render_nushell(exported: Exported) -> Secret:
    """Return the object for `load-env`."""
    return find_dialect("nushell").render(exported.variables)


def render_xonsh(exported: Exported) -> Secret:
    """Return the expression that `env` writes for xonsh."""
    return find_dialect("xonsh").render(exported.variables)


def render_powershell(exported: Exported) -> Secret:
    """Return assignments to `$Env:`, also for Invoke-Expression, which gets one line at a time."""
    for name, value in exported.variables.items():
        if not is_one_line(value or ""):
            raise refuse_value(name, "a PowerShell line")
    return Secret("".join(_assign_powershell(name, value) for name, value in exported.variables.items()))


def render_cmd(exported: Exported) -> Secret:
    """Return `set` lines; cmd expands `%` and `!` even in quotes, so nothing that needs quotes is written."""
    for name, value in exported.variables.items():
        if not is_plain(value or ""):
            raise refuse_value(name, "a line for cmd (format windows-cmd)")
    return Secret("".join(f"set {name}={value or ''}\n" for name, value in exported.variables.items()))


def _render(exported: Exported, export: str, quote: Callable[[str], str], unset: str) -> Secret:
    refuse_uncarriable(exported.variables)
    pairs = exported.variables.items()
    return Secret(
        "".join(unset.format(name) if value is None else export.format(name, quote(value)) for name, value in pairs)
    )


def _assign_powershell(name: str, value: str | None) -> str:
    if value is None:
        return f"Remove-Item Env:{name} -ErrorAction Ignore\n"
    return f"$Env:{name} = '{''.join(2 * one if one in _QUOTES else one for one in value)}'\n"
