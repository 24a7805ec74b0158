"""Hands a secret URL to a browser: a loopback page redirects the first visitor who knows its address, once.

Every program can read the arguments with which a browser is started; so it is given the page's address instead.
"""

from __future__ import annotations

import hmac
import secrets
import threading
from typing import TYPE_CHECKING, Self

from shellvault.ui.loopback_page import NOTHING_HERE, LoopbackPage, Reply

if TYPE_CHECKING:
    from collections.abc import Callable

    from shellvault.core.record import Secret


class OneTimeRedirect:
    """A context in which the page is served; `url` is its address. `notice` tells the user something."""

    def __init__(self, target: Secret, notice: Callable[[str], None]) -> None:
        self._target = target
        self._path = f"/{secrets.token_urlsafe(32)}"
        self._ticket = threading.Lock()  # the visitor who acquires it is redirected; it is never released
        self._page = LoopbackPage(self._is_path, self._redirect, notice)

    def __enter__(self) -> Self:
        self._page.__enter__()
        self.url = f"http://{self._page.host}{self._path}"
        return self

    def __exit__(self, *raised: object) -> None:
        self._page.__exit__(*raised)

    def wait(self, patience: float) -> bool:
        """Return whether the user's browser opened the page within `patience` seconds."""
        return self._page.wait(patience)

    def _is_path(self, path: str) -> bool:
        return hmac.compare_digest(path.encode(), self._path.encode())

    def _redirect(self, _path: str) -> Reply:
        """Redirect one visitor."""
        if not self._ticket.acquire(blocking=False):
            return NOTHING_HERE
        return Reply(302, location=str(self._target), is_last=True)
