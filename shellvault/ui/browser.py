"""Opens a URL in the person's browser, by Python's `webbrowser`, so that BROWSER is honoured."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


def open_browser(url: str, environ: Mapping[str, str]) -> None:
    """Start a browser in the background; whether one came up cannot be known, so show the URL as well.

    It is a process of its own, for a browser would write on our stdout, which a shell evaluates.
    """
    subprocess.Popen(
        [sys.executable, "-I", "-m", "webbrowser", url],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env=dict(environ),
        start_new_session=True,  # Ctrl-C is for us
    )


def has_local_browser(environ: Mapping[str, str]) -> bool:
    """Say whether a browser on this machine is one that the person sees."""
    if environ.get("BROWSER"):
        return True
    if environ.get("SSH_CONNECTION") or environ.get("SSH_TTY"):
        return False
    return not sys.platform.startswith("linux") or bool(environ.get("DISPLAY") or environ.get("WAYLAND_DISPLAY"))
