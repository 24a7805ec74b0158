"""The formats in which `export` writes credentials, by name; each value is quoted for who will read it, or refused."""

from __future__ import annotations

import sys

from shellvault.core.errors import UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from shellvault.core.record import Secret
    from shellvault.shell.formats.exported import Exported

    Render = Callable[[Exported], Secret]

FORMATS = {
    "env": ("dotenv", "render"),
    "export-env": ("shells", "posix"),
    "json": ("document", "render"),
    "ini": ("ini", "credentials"),
    "ini-config": ("ini", "config"),
    "fish": ("shells", "fish"),
    "powershell": ("windows", "powershell"),
    "windows-cmd": ("windows", "cmd"),
    "env-no-export": ("dotenv", "render"),  # what the AWS CLI calls env; its own env is export-env here
    "process": ("document", "render"),  # and json
}
"""Name -> module of this package, and the function in it; one that cannot carry a value raises UsageError."""


def renderer(name: str) -> Render:
    """Return what writes a format.

    Raises:
        UsageError: there is no such format.
    """
    if name not in FORMATS:
        raise UsageError(f"there is no format '{name}'", _nearest(name))
    module, function = FORMATS[name]
    __import__(f"{__name__}.{module}")
    render: Render = getattr(getattr(sys.modules[__name__], module), function)
    return render


def _nearest(name: str) -> str:
    from difflib import get_close_matches

    near = get_close_matches(name.lower(), FORMATS, n=2)
    return f"did you mean {' or '.join(near)}?" if near else f"choose one of: {', '.join(FORMATS)}"
