"""The formats in which `export` writes credentials, by name; each quotes every value for its reader, or refuses it."""

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
    "env": ("line_formats", "render_dotenv"),
    "export-env": ("line_formats", "render_posix"),
    "json": ("process_json", "render"),
    "ini": ("ini", "render_credentials"),
    "ini-config": ("ini", "render_config"),
    "fish": ("line_formats", "render_fish"),
    "tcsh": ("line_formats", "render_tcsh"),
    "elvish": ("line_formats", "render_elvish"),
    "nushell": ("line_formats", "render_nushell"),
    "xonsh": ("line_formats", "render_xonsh"),
    "powershell": ("line_formats", "render_powershell"),
    "windows-cmd": ("line_formats", "render_cmd"),
    "env-no-export": ("line_formats", "render_dotenv"),  # the AWS CLI's name for env; its own env is export-env here
    "process": ("process_json", "render"),  # the AWS CLI's name for json
}
"""Name -> module of this package, and its function, which raises UsageError for a value that it cannot carry."""


def find_format(name: str) -> Render:
    """Return what writes a format.

    Raises:
        UsageError: there is no such format.
    """
    if name not in FORMATS:
        raise UsageError(f"unknown format '{name}'", _nearest(name))
    module, function = FORMATS[name]
    __import__(f"{__name__}.{module}")
    render: Render = getattr(getattr(sys.modules[__name__], module), function)
    return render


def _nearest(name: str) -> str:
    from difflib import get_close_matches

    near = get_close_matches(name.lower(), FORMATS, n=2)
    return f"did you mean {' or '.join(near)}?" if near else f"choose one of: {', '.join(FORMATS)}"
