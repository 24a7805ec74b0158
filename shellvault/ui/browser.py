"""Opens URLs in the user's browser, with Python's `webbrowser`, so that BROWSER is honoured."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

from shellvault.core.environment import child_environ
from shellvault.core.errors import PersonNeededError
from shellvault.ui.one_time_redirect import OneTimeRedirect

if TYPE_CHECKING:
    from shellvault.core.record import Secret
    from shellvault.settings import Settings
    from shellvault.ui.user_interface import Ui

PATIENCE = 60  # seconds in which the browser has to open a page


def open_browser(url: str, settings: Settings) -> None:
    """Start a browser in the background; show the URL as well, because nobody can tell whether one came up.

    `Settings.has_local_browser` says whether there is one that the user would see.
    """
    subprocess.Popen(  # not in this process: a browser may write to our stdout, which a shell evaluates
        [sys.executable, "-I", "-m", "webbrowser", url],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env=child_environ(settings.environ),
        cwd=settings.cwd,
        start_new_session=True,  # Ctrl-C is for us
    )


def open_secret_url(url: Secret, what: str, settings: Settings, ui: Ui, *, hint: str) -> None:
    """Open a URL that must be on no command line, and wait until the browser has it.

    `what` says what the browser will show; `hint` is what to type where there is no browser.

    Raises:
        PersonNeededError: the browser did not come in time.
    """
    with OneTimeRedirect(url) as page:
        ui.notice(f"opening {what} in the browser; if none comes up, open {page.url} on this machine")
        open_browser(page.url, settings)
        if not page.wait(PATIENCE):
            raise PersonNeededError(f"the browser did not open the page within {PATIENCE} s", hint)
