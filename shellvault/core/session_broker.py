"""The heart: a session for a chain, fresh from the cache or minted once. Knows what it needs, not who provides it."""

from __future__ import annotations

from shellvault.core.chain.links import StoredKey
from shellvault.core.errors import (
    AwsRefusedError,
    AwsUnreachableError,
    PersonNeededError,
    SourceRefusedError,
    VaultUnavailableError,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager
    from typing import Protocol, TypeVar

    from shellvault.core.chain.links import Chain, Link
    from shellvault.core.model import KeyPair, Session

    class Cache(Protocol):
        """Where sessions wait until they expire."""

        def get(self, identity: str) -> Session | None:
            """Return a session that has not expired."""

        def keep(self, link: Link, session: Session) -> None:
            """Remember a session; where that is impossible, say so and go on."""

        def forget(self, identity: str) -> None:
            """Forget a session."""

    LoadKeyPair = Callable[[StoredKey], KeyPair]
    Provider = Callable[[Link, KeyPair | Session | None], Session]
    RefreshLock = Callable[[str], AbstractContextManager[None]]
    Made = TypeVar("Made")


class SessionBroker:
    """Hands out sessions with more than the margin left, minting each at most once at a time.

    Args:
        cache: where sessions wait.
        load: returns a key pair from where it rests.
        mint: asks AWS for a link's session, and the person for a code where the link wants one.
        turn: gives a context that only one process at a time holds for an identity.
        clock: epoch seconds.
        notice: tells the person something that is not an error.
    """

    def __init__(
        self,
        *,
        cache: Cache,
        load: LoadKeyPair,
        mint: Provider,
        turn: RefreshLock,
        clock: Callable[[], float],
        notice: Callable[[str], None],
    ) -> None:
        self._cache = cache
        self._load = load
        self._mint = mint
        self._turn = turn
        self._clock = clock
        self._notice = notice

    def credentials(self, chain: Chain, least: int = 0) -> Session | KeyPair:
        """Return a chain's session, or the key pair itself where the chain has no link; for `least` see `session`."""
        return self._load(chain) if isinstance(chain, StoredKey) else self.session(chain, least)

    def session(self, link: Link, least: int = 0) -> Session:
        """Return a session with more than the margin left, or at worst one that is still valid.

        One from the cache has more than `least` seconds left, too; a new one may be shorter.

        Raises:
            ShellvaultError: there is none, and none could be minted.
        """
        try:
            return self.renewed(link, least)
        except (VaultUnavailableError, PersonNeededError, AwsRefusedError, AwsUnreachableError) as error:
            if valid := self._cache.get(link.identity):
                self._notice(f"{error.message}; going on with the session that is still valid")
                return valid
            raise

    def renewed(self, link: Link, least: int = 0) -> Session:
        """Return a session with more than the margin left; for `least` see `session`.

        Raises:
            ShellvaultError: there is none, and none could be minted.
        """
        if found := self._fresh(link, least):
            return found
        with self._turn(link.identity):  # one refresh for all shells
            return self._fresh(link, least) or self._refresh(link)

    def using(self, source: Chain | None, use: Callable[[KeyPair | Session | None], Made]) -> Made:
        """Return what `use` makes of a chain's session; one that AWS refuses before its time is minted anew, once.

        Raises:
            ShellvaultError: there is none, and none could be minted; and what `use` raises.
        """
        held = self.credentials(source) if source else None
        try:
            return use(held)
        except SourceRefusedError:
            if source is None or isinstance(source, StoredKey):
                raise
        self._give_up(source, held)
        return use(self.session(source))

    def _fresh(self, link: Link, least: int) -> Session | None:
        found = self._cache.get(link.identity)
        return found if found and min(found.refresh_at, found.expires_at - least) > self._clock() else None

    def _refresh(self, link: Link) -> Session:
        minted = self.using(link.source, lambda source: self._mint(link, source))
        self._cache.keep(link, minted)
        return minted

    def _give_up(self, link: Link, refused: KeyPair | Session | None) -> None:
        """Forget a session that AWS refused, unless another shell has put a newer one in its place."""
        with self._turn(link.identity):
            if self._cache.get(link.identity) == refused:
                self._cache.forget(link.identity)
