"""Things that are handed out once and taken back once: sign-in tokens, authorization codes. They end by themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from shellvault.core.record import Record, Secret
from tests.aws.identities import random_secret

if TYPE_CHECKING:
    from collections.abc import Callable
    from threading import RLock


class Ticket(Record):
    """What a ticket stands for, and until when (epoch seconds)."""

    content: Any
    expires_at: float


class Tickets:
    """The tickets of one kind. One lock guards them."""

    def __init__(self, now: Callable[[], float], lock: RLock, life: float = 15 * 60) -> None:
        self.life = life
        self._now = now
        self._lock = lock
        self._open: dict[str, Ticket] = {}
        self._ever: set[str] = set()

    def issue(self, content: object, length: int = 200) -> Secret:
        """Hand a ticket out."""
        ticket = random_secret(length)
        with self._lock:
            self._open[str(ticket)] = Ticket(content, self._now() + self.life)
            self._ever.add(str(ticket))
        return ticket

    def take(self, ticket: str) -> Any | None:
        """Take a ticket back and return what it stands for, or None if it is unknown, used or too old."""
        with self._lock:
            found = self._open.pop(ticket, None)
            return None if found is None or self._now() >= found.expires_at else found.content

    def secrets(self) -> set[str]:
        """Return every ticket that was ever issued."""
        with self._lock:
            return set(self._ever)
