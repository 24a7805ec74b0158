"""What IAM Identity Center remembers of OAuth: clients, sign-ins, and the tokens of each. No protocol."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from shellvault.core.record import Record, Secret
from tests.aws.identities import random_secret, unique_id

if TYPE_CHECKING:
    from collections.abc import Callable
    from threading import RLock

ACCESS = "sso:account:access"
"""The scope that the portal asks for, and that a refresh token comes with."""


class Client(Record):
    """A registered program; `grants` are the grant types it may use, `redirects` where its codes may go."""

    id: str
    secret: Secret
    expires_at: float
    scopes: tuple[str, ...]
    grants: tuple[str, ...]
    redirects: tuple[str, ...] = ()

    def admits(self, redirect: str) -> bool:
        """Say whether a code may go there: as registered, at any port of the loopback."""
        return any(_without_port(redirect) == _without_port(known) for known in self.redirects)


class SignedIn(Record):
    """One sign-in of the person: who may use it, for what, and until when (epoch seconds)."""

    id: str
    client_id: str
    scopes: tuple[str, ...]
    expires_at: float


class Issued(Record):
    """The tokens of one answer; `seconds` is the access token's life, `refresh` is empty where there is none."""

    access: Secret
    refresh: Secret
    seconds: int


class Tokens:
    """The tokens of all sign-ins. One lock guards them.

    Attributes:
        token_life: seconds that an access token lives.
    """

    def __init__(self, now: Callable[[], float], lock: RLock, hide: Callable[[Secret], Secret]) -> None:
        self.token_life = 3600.0
        self._now = now
        self._lock = lock
        self._hide = hide
        self._access: dict[str, tuple[SignedIn, float]] = {}
        self._refresh: dict[str, SignedIn] = {}

    def issue(self, signed_in: SignedIn) -> Issued:
        """Make new tokens of a sign-in; none outlives it."""
        now = self._now()
        ends = min(now + self.token_life, signed_in.expires_at)
        with_refresh = ACCESS in signed_in.scopes
        issued = Issued(self._new(), self._new() if with_refresh else Secret(""), max(1, round(ends - now)))
        with self._lock:
            self._access[str(issued.access)] = (signed_in, ends)
            if with_refresh:
                self._refresh[str(issued.refresh)] = signed_in
        return issued

    def rotate(self, refresh: str, client_id: str) -> SignedIn | None:
        """Spend a refresh token and return its sign-in; None if it is unknown, spent, another client's or too old."""
        with self._lock:
            signed_in = self._refresh.get(refresh)
            if signed_in is None or signed_in.client_id != client_id:
                return None
            del self._refresh[refresh]
        return None if self._now() >= signed_in.expires_at else signed_in

    def valid(self, access: str) -> SignedIn | None:
        """Return the sign-in of an access token that lives."""
        with self._lock:
            signed_in, ends = self._access.get(access, (None, 0.0))
        return signed_in if self._now() < ends else None

    def sign_out(self, access: str) -> None:
        """End the sign-in of an access token."""
        with self._lock:
            ended, _ = self._access[access]
            self._access = {token: held for token, held in self._access.items() if held[0] != ended}
            self._refresh = {token: held for token, held in self._refresh.items() if held != ended}

    def expire(self) -> None:
        """End the life of every access token now; refresh tokens stay."""
        with self._lock:
            self._access.clear()

    def revoke(self) -> None:
        """Forget every token."""
        with self._lock:
            self._access.clear()
            self._refresh.clear()

    def _new(self) -> Secret:
        return self._hide(random_secret(300))


class Clients:
    """The registered programs. One lock guards them.

    Attributes:
        life: seconds that a registration lives.
    """

    def __init__(self, now: Callable[[], float], lock: RLock, hide: Callable[[Secret], Secret]) -> None:
        self.life = 90 * 86400.0
        self._now = now
        self._lock = lock
        self._hide = hide
        self._known: dict[str, Client] = {}

    def register(self, scopes: tuple[str, ...], grants: tuple[str, ...], redirects: tuple[str, ...]) -> Client:
        """Admit a program."""
        secret = self._hide(random_secret(200))
        client = Client(unique_id("", 22), secret, self._now() + self.life, scopes, grants, redirects)
        with self._lock:
            self._known[client.id] = client
        return client

    def valid(self, client_id: str) -> Client | None:
        """Return the program of this id while its registration lives."""
        with self._lock:
            known = self._known.get(client_id)
        return known if known is not None and self._now() < known.expires_at else None

    def forget(self) -> None:
        """End every registration."""
        with self._lock:
            self._known.clear()


def _without_port(address: str) -> tuple[str, str, str]:
    parts = urlsplit(address)
    return parts.scheme, parts.hostname or "", parts.path
