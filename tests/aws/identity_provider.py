"""An identity provider trusted by the accounts, and the tokens it has issued."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.aws.errors import AwsError
from tests.aws.identities import random_secret

if TYPE_CHECKING:
    from collections.abc import Callable
    from threading import RLock

    from shellvault.core.record import Secret


class IdentityProvider:
    """Issues tokens for subjects, guarded by a lock."""

    def __init__(self, now: Callable[[], float], lock: RLock, add_secret: Callable[[Secret], Secret]) -> None:
        self._now = now
        self._lock = lock
        self._add_secret = add_secret
        self._issued: dict[str, tuple[str, float]] = {}

    def token(self, subject: str, life: float = 3600) -> Secret:
        """Return a token for a subject, which roles trust as `web:<subject>`."""
        token = self._add_secret(random_secret(600))
        with self._lock:
            self._issued[str(token)] = (subject, self._now() + life)
        return token

    def subject(self, token: str) -> str:
        """Return the subject of a token, or refuse it."""
        with self._lock:
            subject, ends = self._issued.get(token, ("", 0.0))
        if not subject:
            raise AwsError("InvalidIdentityToken", "No OpenIDConnect provider found in your account for this token")
        if self._now() >= ends:
            raise AwsError("ExpiredTokenException", "Token expired: current date/time must be before the expiration")
        return subject
