"""Tokens that expire and can be redeemed once: sign-in tokens and authorization codes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from shellvault.core.record import Record, Secret
from tests.aws.identities import random_secret

if TYPE_CHECKING:
    from collections.abc import Callable
    from threading import RLock


class OneTimeToken(Record):
    """The content of a token, and its expiry (epoch seconds)."""

    content: Any
    expires_at: float


class OneTimeTokens:
    """Tokens of one kind, guarded by a lock."""

    def __init__(self, now: Callable[[], float], lock: RLock, life: float = 15 * 60) -> None:
        self.life = life
        self._now = now
        self._lock = lock
        self._open: dict[str, OneTimeToken] = {}
        self._ever: set[str] = set()

    def issue(self, content: object, length: int = 200) -> Secret:
        """Issue a token."""
        ticket = random_secret(length)
        with self._lock:
            self._open[str(ticket)] = OneTimeToken(content, self._now() + self.life)
            self._ever.add(str(ticket))
        return ticket

    def redeem(self, ticket: str) -> Any | None:
        """Redeem a token and return its content, or None if it is unknown, used or expired."""
        with self._lock:
            found = self._open.pop(ticket, None)
            return None if found is None or self._now() >= found.expires_at else found.content

    def secrets(self) -> set[str]:
        """Return every token ever issued."""
        with self._lock:
            return set(self._ever)
