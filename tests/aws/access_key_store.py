"""All access keys, of users and sessions, whether they are active, and every secret ever issued."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from threading import RLock

    from shellvault.core.record import Secret
    from tests.aws.identities import Credential, Principal


class AccessKeyStore:
    """The access keys known to the server, guarded by a lock."""

    def __init__(self, now: Callable[[], float], lock: RLock) -> None:
        self._now = now
        self._lock = lock
        self._known: dict[str, Credential] = {}
        self._settling: dict[str, tuple[float, int]] = {}
        self._secrets: set[str] = set()

    def add(self, credential: Credential) -> Credential:
        """Add an access key, or replace the one with the same ID."""
        with self._lock:
            self._known[credential.access_key_id] = credential
        self.add_secret(credential.secret)
        if credential.session:
            self.add_secret(credential.session.token)
        return credential

    def delay_activation(self, access_key_id: str, seconds: float, calls: int) -> None:
        """Let a new key be unknown to callers for some seconds, and for some calls made with it."""
        with self._lock:
            self._settling[access_key_id] = (self._now() + seconds, calls)

    def find_active(self, access_key_id: str) -> Credential | None:
        """Return a key that signatures can be verified with, or None if it is unknown, inactive or not active yet."""
        with self._lock:
            usable_at, refusals = self._settling.get(access_key_id, (0.0, 0))
            if refusals:
                self._settling[access_key_id] = (usable_at, refusals - 1)
            known = self._known.get(access_key_id)
            if known is None or not known.active or refusals or self._now() < usable_at:
                return None
            return known

    def find(self, access_key_id: str) -> Credential | None:
        """Return the key with this ID, active or not."""
        with self._lock:
            return self._known.get(access_key_id)

    def list_for_user(self, user: Principal) -> tuple[Credential, ...]:
        """Return a user's own keys, the oldest first."""
        with self._lock:
            known = tuple(self._known.values())
        return tuple(each for each in known if each.session is None and each.principal.user_id == user.user_id)

    def remove(self, access_key_id: str) -> None:
        """Remove an access key; its secret still counts as one."""
        with self._lock:
            del self._known[access_key_id]

    def expire(self, access_key_id: str) -> None:
        """Expire a session now."""
        with self._lock:
            known = self._known[access_key_id]
            if known.session is None:
                raise ValueError(f"{access_key_id} is a user's key and does not expire")
            ended = known.session.replace(expires_at=math.floor(self._now()))
            self._known[access_key_id] = known.replace(session=ended)

    def add_secret(self, secret: Secret) -> Secret:
        """Record a text as a secret, and return it."""
        with self._lock:
            self._secrets.add(str(secret))
        return secret

    def secrets(self) -> set[str]:
        """Return every secret ever issued."""
        with self._lock:
            return set(self._secrets)
