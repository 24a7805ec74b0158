"""The OAuth state of IAM Identity Center: clients, sign-ins and their tokens."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from shellvault.core.record import Record, Secret
from tests.aws.identities import random_secret, unique_id

if TYPE_CHECKING:
    from collections.abc import Callable
    from threading import RLock

ACCESS = "sso:account:access"
"""The scope required by the portal, and for refresh tokens."""


class OAuthClient(Record):
    """A registered client, with the grant types it may use and the redirect URIs of its codes."""

    id: str
    secret: Secret
    expires_at: float
    scopes: tuple[str, ...]
    grants: tuple[str, ...]
    redirects: tuple[str, ...] = ()

    def allows_redirect(self, redirect: str) -> bool:
        """Return whether a redirect URI is registered, ignoring the port of a loopback address."""
        return any(_remove_port(redirect) == _remove_port(known) for known in self.redirects)


class SignIn(Record):
    """A sign-in of the user: its client, scopes and expiry (epoch seconds)."""

    id: str
    client_id: str
    scopes: tuple[str, ...]
    expires_at: float


class IssuedTokens(Record):
    """The tokens of a response; `seconds` is the access token's lifetime, `refresh` may be empty."""

    access: Secret
    refresh: Secret
    seconds: int


class Tokens:
    """The tokens of all sign-ins, guarded by a lock.

    Attributes:
        token_life: lifetime of an access token in seconds.
    """

    def __init__(self, now: Callable[[], float], lock: RLock, add_secret: Callable[[Secret], Secret]) -> None:
        self.token_life = 3600.0
        self._now = now
        self._lock = lock
        self._add_secret = add_secret
        self._access: dict[str, tuple[SignIn, float]] = {}
        self._refresh: dict[str, SignIn] = {}

    def issue(self, sign_in: SignIn) -> IssuedTokens:
        """Issue tokens for a sign-in, none of which outlives it."""
        now = self._now()
        ends = min(now + self.token_life, sign_in.expires_at)
        with_refresh = ACCESS in sign_in.scopes
        issued = IssuedTokens(self._new(), self._new() if with_refresh else Secret(""), max(1, round(ends - now)))
        with self._lock:
            self._access[str(issued.access)] = (sign_in, ends)
            if with_refresh:
                self._refresh[str(issued.refresh)] = sign_in
        return issued

    def rotate(self, refresh: str, client_id: str) -> SignIn | None:
        """Redeem a refresh token for its sign-in; None if it is unknown, used, expired or another client's."""
        with self._lock:
            sign_in = self._refresh.get(refresh)
            if sign_in is None or sign_in.client_id != client_id:
                return None
            del self._refresh[refresh]
        return None if self._now() >= sign_in.expires_at else sign_in

    def find_valid(self, access: str) -> SignIn | None:
        """Return the sign-in of a valid access token."""
        with self._lock:
            sign_in, ends = self._access.get(access, (None, 0.0))
        return sign_in if self._now() < ends else None

    def sign_out(self, access: str) -> None:
        """End the sign-in of an access token."""
        with self._lock:
            ended, _ = self._access[access]
            self._access = {token: held for token, held in self._access.items() if held[0] != ended}
            self._refresh = {token: held for token, held in self._refresh.items() if held != ended}

    def expire(self) -> None:
        """Expire every access token, but no refresh token."""
        with self._lock:
            self._access.clear()

    def revoke(self) -> None:
        """Revoke all tokens."""
        with self._lock:
            self._access.clear()
            self._refresh.clear()

    def _new(self) -> Secret:
        return self._add_secret(random_secret(300))


class OAuthClients:
    """The registered clients, guarded by a lock.

    Attributes:
        life: lifetime of a registration in seconds.
    """

    def __init__(self, now: Callable[[], float], lock: RLock, add_secret: Callable[[Secret], Secret]) -> None:
        self.life = 90 * 86400.0
        self._now = now
        self._lock = lock
        self._add_secret = add_secret
        self._known: dict[str, OAuthClient] = {}

    def register(self, scopes: tuple[str, ...], grants: tuple[str, ...], redirects: tuple[str, ...]) -> OAuthClient:
        """Register a client."""
        secret = self._add_secret(random_secret(200))
        client = OAuthClient(unique_id("", 22), secret, self._now() + self.life, scopes, grants, redirects)
        with self._lock:
            self._known[client.id] = client
        return client

    def find_valid(self, client_id: str) -> OAuthClient | None:
        """Return the client with this ID if its registration has not expired."""
        with self._lock:
            known = self._known.get(client_id)
        return known if known is not None and self._now() < known.expires_at else None

    def clear(self) -> None:
        """Expire every registration."""
        with self._lock:
            self._known.clear()


def _remove_port(address: str) -> tuple[str, str, str]:
    parts = urlsplit(address)
    return parts.scheme, parts.hostname or "", parts.path
