"""An identity provider that the accounts trust, and the tokens it issued. No protocol."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.aws.errors import AwsError
from tests.aws.identities import random_secret

if TYPE_CHECKING:
    from collections.abc import Callable
    from threading import RLock

    from shellvault.core.record import Secret


class Provider:
    """Issues tokens for subjects. One lock guards them."""

    def __init__(self, now: Callable[[], float], lock: RLock, hide: Callable[[Secret], Secret]) -> None:
        self._now = now
        self._lock = lock
        self._hide = hide
        self._issued: dict[str, tuple[str, float]] = {}

    def token(self, subject: str, life: float = 3600) -> Secret:
        """Return a token for a subject; a role trusts it by `web:<subject>`."""
        token = self._hide(random_secret(600))
        with self._lock:
            self._issued[str(token)] = (subject, self._now() + life)
        return token

    def subject(self, token: str) -> str:
        """Return whom a token is for, or refuse it."""
        with self._lock:
            subject, ends = self._issued.get(token, ("", 0.0))
        if not subject:
            raise AwsError("InvalidIdentityToken", "No OpenIDConnect provider found in your account for this token")
        if self._now() >= ends:
            raise AwsError("ExpiredTokenException", "Token expired: current date/time must be before the expiration")
        return subject
