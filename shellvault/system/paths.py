"""Where shellvault keeps its files."""

from __future__ import annotations

import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping


def home(environ: Mapping[str, str]) -> str:
    """Return the folder of the sealed vault and the index: SHELLVAULT_HOME, else the platform's data folder.

    On Linux the answer is platformdirs', made without its import; elsewhere it is asked.
    """
    if chosen := environ.get("SHELLVAULT_HOME"):
        return os.path.abspath(os.path.expanduser(chosen))
    if not sys.platform.startswith("linux"):  # pragma: no cover - other systems
        from platformdirs import user_data_dir

        return user_data_dir("shellvault", appauthor=False)
    base = environ.get("XDG_DATA_HOME", "")
    if not os.path.isabs(base):  # the XDG specification: a relative path is to be ignored
        base = os.path.expanduser("~/.local/share")
    return os.path.join(base, "shellvault")
