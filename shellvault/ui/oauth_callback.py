"""The loopback page to which the browser returns with an authorization code (RFC 8252)."""

from __future__ import annotations

import hmac
import threading
from typing import TYPE_CHECKING, Self
from urllib.parse import parse_qsl

from shellvault.ui.loopback_page import NOTHING_HERE, LoopbackPage, Reply

if TYPE_CHECKING:
    from collections.abc import Callable

_PATH = "/oauth/callback"


class OAuthCallback:
    """A context in which the page is served; `url` is its address. `notice` tells the user something."""

    registered_url = f"http://127.0.0.1{_PATH}"
    """What a client registers: any port of the loopback is then accepted."""

    def __init__(self, notice: Callable[[str], None]) -> None:
        self._page = LoopbackPage(self._knows_state, self._accept, notice)
        self._lock = threading.Lock()
        self._state = ""
        self._answer: dict[str, str] | None = None

    def __enter__(self) -> Self:
        self._page.__enter__()
        self.url = f"http://{self._page.host}{_PATH}"
        return self

    def __exit__(self, *raised: object) -> None:
        self._page.__exit__(*raised)

    def wait(self, state: str, patience: float) -> dict[str, str] | None:
        """Return the query with which the browser returns, once it has this state; None after `patience` seconds."""
        self._state = state
        return self._answer if self._page.wait(patience) else None

    def _knows_state(self, path_and_query: str) -> bool:
        path, answer = _split(path_and_query)
        knows_state = hmac.compare_digest(answer.get("state", "").encode(), self._state.encode())
        return path == _PATH and bool(self._state) and knows_state

    def _accept(self, path_and_query: str) -> Reply:
        """Take the first answer."""
        _path, answer = _split(path_and_query)
        with self._lock:
            if self._answer:
                return NOTHING_HERE
            self._answer = answer
        signed_in = "You are signed in." if "code" in answer else "You are not signed in."
        return Reply(200, f"{signed_in} You may close this page.", is_last=True)


def _split(path_and_query: str) -> tuple[str, dict[str, str]]:
    path, _, query = path_and_query.partition("?")
    return path, dict(parse_qsl(query))
