"""Opens URLs in the user's browser, with Python's `webbrowser`, so that BROWSER is honoured."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

from shellvault.core.environment import child_environ
from shellvault.system.process_hardening import OriginalLimits

if TYPE_CHECKING:
    from shellvault.settings import Settings


def open_browser(url: str, settings: Settings) -> None:
    """Start a browser in the background; show the URL as well, because nobody can tell whether one came up.

    `Settings.has_local_browser` says whether there is one that the user would see.
    """
    with OriginalLimits():
        subprocess.Popen(  # not in this process: a browser may write to our stdout, which a shell evaluates
            [sys.executable, "-I", "-m", "webbrowser", url],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env=child_environ(settings.environ),
            cwd=settings.cwd,
            start_new_session=True,  # Ctrl-C is for us
        )
