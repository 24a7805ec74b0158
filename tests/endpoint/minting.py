"""An endpoint in the test's own process, with sessions that the test makes up."""

from __future__ import annotations

import json
import threading
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import TYPE_CHECKING, Any

from shellvault.agent.endpoint import Endpoint
from shellvault.core.model import Session
from shellvault.core.record import Secret
from shellvault.core.wish import Wish

if TYPE_CHECKING:
    from shellvault.agent.claims import Claim, Ticket

WISH = Wish("dev", "identity of dev", ("--duration=1h",), {"HOME": "/home/me", "AWS_REGION": "eu-west-1"}, "/")
OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))


class Mint:
    """Makes up sessions and counts them.

    Attributes:
        life: seconds that a session lasts.
        takes: seconds that it takes to make one.
        error: raised instead of returning a session, if set.
        claims: the claims that sessions were made for.
        most: the largest number of sessions that were being made at the same time.
    """

    def __init__(self, life: int = 3600, takes: float = 0.0) -> None:
        self.life = life
        self.takes = takes
        self.error: Exception | None = None
        self.claims: list[Claim] = []
        self.most = 0
        self._running = 0
        self._lock = threading.Lock()

    def __call__(self, claim: Claim) -> Session:
        """Make a session for a claim."""
        with self._lock:
            self.claims.append(claim)
            self._running += 1
            self.most = max(self.most, self._running)
        time.sleep(self.takes)
        with self._lock:
            self._running -= 1
        if self.error:
            raise self.error
        now = int(time.time())
        name = f"ASIA{len(self.claims):016}"
        return Session(name, Secret("secret"), Secret("token"), now + self.life, Session.due(now, now + self.life))


def open_endpoint(mint: Mint, folder: Path) -> Endpoint:
    """Return an endpoint whose claims the next one in the same folder takes over."""
    return Endpoint(mint, str(folder), str(folder / "claims.json"))


def ask(ticket: Ticket, token: str = "") -> dict[str, Any]:
    """Return the endpoint's JSON answer, with its HTTP status under `status`."""
    headers = {"Authorization": token or Path(ticket.token_file).read_text()}
    try:
        with OPENER.open(urllib.request.Request(ticket.url, headers=headers), timeout=20) as reply:  # noqa: S310
            found = {**json.load(reply), "status": reply.status}
    except urllib.error.HTTPError as error:
        with error:
            found = {**json.load(error), "status": error.code}
    return found
