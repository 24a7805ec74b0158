"""Finds the shell files: beside this module in an installed wheel, beside the package in a checkout."""

from __future__ import annotations

import os

FILES = {"bash": "shellvault.bash", "zsh": "shellvault.zsh", "fish": "shellvault.fish"}
"""Shell to its file in the top-level `shell/`, which the wheel carries as `shellvault/shell/`."""

_PACKAGE = os.path.dirname(os.path.abspath(__file__))
_FOLDERS = (os.path.join(_PACKAGE, "shell"), os.path.join(os.path.dirname(_PACKAGE), "shell"))


def shell_text(name: str) -> str:
    """Return a shell's file (a key of `FILES`), byte for byte as it lies in the repository."""
    folder = next(filter(os.path.isdir, _FOLDERS), _FOLDERS[0])  # importlib.resources would cost more than the rest
    with open(os.path.join(folder, FILES[name]), encoding="utf-8", newline="") as file:
        return file.read()
