"""Opens URLs in the user's browser: with Python's `webbrowser`, so that BROWSER is honoured, or with a command."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

from shellvault.core.environment import child_environ
from shellvault.core.errors import NotAskedError
from shellvault.system.process_hardening import OriginalLimits

if TYPE_CHECKING:
    from collections.abc import Sequence

    from shellvault.settings import Settings


def open_browser(url: str, settings: Settings) -> None:
    """Start a browser in the background; show the URL as well, because nobody can tell whether one came up.

    `Settings.has_local_browser` says whether there is one that the user would see.
    """
    # Not in this process: a browser may write to our stdout, which a shell evaluates.
    start_browser([sys.executable, "-I", "-m", "webbrowser", url], settings)


def start_browser(command: Sequence[str], settings: Settings) -> subprocess.Popen[bytes]:
    """Start a browser in the background, and return its process; other users may see its arguments.

    Raises:
        NotAskedError: it cannot be started.
    """
    try:
        with OriginalLimits():
            return subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                env=child_environ(settings.environ),
                cwd=settings.cwd,
                start_new_session=True,  # Ctrl-C is for us
            )
    except OSError as error:
        raise NotAskedError(f"{command[0]} could not be started: {error.strerror}", "use another browser") from error
