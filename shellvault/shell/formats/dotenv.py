"""KEY=value lines without quotes: for dotenv files, docker --env-file, systemd and `env $(…)`.

Docker takes quotes for a part of the value, dotenv readers expand what is not in quotes, and each has escapes of its
own: so only what needs neither is written.
"""

from __future__ import annotations

from shellvault.core.record import Secret
from shellvault.shell.formats.exported import is_plain, refuse_value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from shellvault.shell.formats.exported import Exported


def render(exported: Exported) -> Secret:
    """Return a line for each variable that is set."""
    given = {name: value for name, value in exported.variables.items() if value is not None}
    for name, value in given.items():
        if not is_plain(value):
            raise refuse_value(name, "a dotenv line (format env)")
    return Secret("".join(f"{name}={value}\n" for name, value in given.items()))
