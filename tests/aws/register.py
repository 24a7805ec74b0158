"""The register of access keys: users' own and sessions', which of them work now, and every secret ever issued."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from threading import RLock

    from shellvault.core.record import Secret
    from tests.aws.identities import Credential, Principal


class Register:
    """Every access key that the server knows. One lock guards it."""

    def __init__(self, now: Callable[[], float], lock: RLock) -> None:
        self._now = now
        self._lock = lock
        self._known: dict[str, Credential] = {}
        self._settling: dict[str, tuple[float, int]] = {}
        self._secrets: set[str] = set()

    def admit(self, credential: Credential) -> Credential:
        """Make an access key known, or replace what is known under its id."""
        with self._lock:
            self._known[credential.access_key_id] = credential
        self.hide(credential.secret)
        if credential.session:
            self.hide(credential.session.token)
        return credential

    def settle(self, access_key_id: str, seconds: float, calls: int) -> None:
        """Let a new key be unknown to callers for so long, and for so many calls with it."""
        with self._lock:
            self._settling[access_key_id] = (self._now() + seconds, calls)

    def working(self, access_key_id: str) -> Credential | None:
        """Return what a signature may be checked against: nothing while a key settles, or is inactive or unknown."""
        with self._lock:
            usable_at, refusals = self._settling.get(access_key_id, (0.0, 0))
            if refusals:
                self._settling[access_key_id] = (usable_at, refusals - 1)
            known = self._known.get(access_key_id)
            if known is None or not known.active or refusals or self._now() < usable_at:
                return None
            return known

    def known(self, access_key_id: str) -> Credential | None:
        """Return what is known under an access key id, working or not."""
        with self._lock:
            return self._known.get(access_key_id)

    def of_user(self, user: Principal) -> tuple[Credential, ...]:
        """Return a user's own keys, the oldest first."""
        with self._lock:
            known = tuple(self._known.values())
        return tuple(each for each in known if each.session is None and each.principal.user_id == user.user_id)

    def forget(self, access_key_id: str) -> None:
        """Make an access key unknown; its secret stays one."""
        with self._lock:
            del self._known[access_key_id]

    def expire(self, access_key_id: str) -> None:
        """End a session's time now."""
        with self._lock:
            known = self._known[access_key_id]
            if known.session is None:
                raise ValueError(f"{access_key_id} is a user's key and does not expire")
            ended = known.session.replace(expires_at=math.floor(self._now()))
            self._known[access_key_id] = known.replace(session=ended)

    def hide(self, secret: Secret) -> Secret:
        """Count a text among the secrets from now on, and return it."""
        with self._lock:
            self._secrets.add(str(secret))
        return secret

    def secrets(self) -> set[str]:
        """Return every secret that was ever issued."""
        with self._lock:
            return set(self._secrets)
