"""A session for a chain: fresh from the cache, or obtained once. States what it needs, not who provides it. Pure."""

from __future__ import annotations

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

    from shellvault.core.chain.links import Chain, Link, StoredKey
    from shellvault.core.model import KeyPair, Session

    class Cache(Protocol):
        """Where sessions wait until they expire."""

        def get(self, identity: str) -> Session | None:
            """Return a session that has not expired."""

        def keep(self, link: Link, session: Session) -> None:
            """Keep a session; where that is impossible, tell the user and go on."""

        def forget(self, identity: str) -> None:
            """Forget a session."""

    LoadKeyPair = Callable[[StoredKey], KeyPair]
    Provider = Callable[[Link, KeyPair | Session | None], Session]
    RefreshLock = Callable[[str], AbstractContextManager[None]]
    Result = TypeVar("Result")


class SessionBroker:
    """Hands out sessions with more than the margin left, and obtains each at most once at a time.

    Args:
        cache: where sessions wait.
        load: returns a key pair from the vault.
        provider: obtains a link's session, signing with the credentials of the link below it.
        lock: gives a context that only one process at a time holds for an identity.
        clock: epoch seconds.
        notice: tells the user something that is not an error.
        minimum: seconds that a cached session must still last; see `_find_fresh`.
        anew: whether to obtain every session again even if one is cached. Below it, a session that took a person's code
            or sign-in stays, unless AWS refuses what is made with it.
    """

    def __init__(
        self,
        *,
        cache: Cache,
        load: LoadKeyPair,
        provider: Provider,
        lock: RefreshLock,
        clock: Callable[[], float],
        notice: Callable[[str], None],
        minimum: int = 0,
        anew: bool = False,
    ) -> None:
        self._cache = cache
        self._load = load
        self._provider = provider
        self._lock = lock
        self._clock = clock
        self._notice = notice
        self._minimum = minimum
        self._anew = anew

    def credentials(self, chain: Chain) -> Session | KeyPair:
        """Return a chain's session, or the key pair itself where the chain is a stored key."""
        key = chain.stored_key
        return self._load(key) if key else self.session(chain)

    def session(self, link: Link) -> Session:
        """Return a session with more than the margin left, or at worst one that is still valid.

        Raises:
            ShellvaultError: there is none, and none could be obtained.
        """
        try:
            return self.renew(link)
        except (VaultUnavailableError, PersonNeededError, AwsRefusedError, AwsUnreachableError) as error:
            if not self._anew and (valid := self._cache.get(link.identity)):
                self._notice(f"{error.message}; using the session that is still valid")
                return valid
            raise

    def renew(self, link: Link) -> Session:
        """Return a session with more than the margin left.

        Raises:
            ShellvaultError: there is none, and none could be obtained.
        """
        identity = link.identity
        if self._anew:
            return self._replace(link, identity)
        if found := self._find_fresh(identity, link.duration):
            return found
        with self._lock(identity):  # one refresh for all shells
            return self._find_fresh(identity, link.duration) or self._refresh(link)

    def use(self, source: Chain | None, action: Callable[[KeyPair | Session | None], Result]) -> Result:
        """Return the result of `action` on a chain's session; one that AWS refuses early is renewed, once.

        Raises:
            ShellvaultError: there is no session, and none could be obtained; and whatever `action` raises.
        """
        held = self._hold(source) if source else None
        try:
            return action(held)
        except AwsRefusedError as error:
            if source is None or source.stored_key or not self._is_stale(source, error):
                raise
        self._drop(source, held)
        return action(self.session(source))

    def _is_stale(self, source: Chain, error: AwsRefusedError) -> bool:
        """Return whether another session may help; one that was kept despite `anew` counts as old."""
        return isinstance(error, SourceRefusedError) or (self._anew and source.needs_person)

    def _hold(self, source: Chain) -> Session | KeyPair:
        """Return the credentials of a link below another one."""
        if self._anew and source.needs_person and (kept := self._find_fresh(source.identity, source.duration)):
            return kept
        return self.credentials(source)

    def _find_fresh(self, identity: str, duration: int) -> Session | None:
        """Return a cached session with more than the margin and the minimum left.

        The minimum is capped at three quarters of what was asked of AWS: otherwise no session would ever serve two
        commands, and shells that share one would take turns in renewing it.
        """
        minimum = min(self._minimum, duration * 3 // 4) if duration else self._minimum
        found = self._cache.get(identity)
        is_fresh = found and min(found.refresh_at, found.expires_at - minimum) > self._clock()
        return found if is_fresh else None

    def _replace(self, link: Link, identity: str) -> Session:
        """Return a new session, obtained by this command or by one that it had to wait for."""
        before = self._cache.get(identity)
        with self._lock(identity):
            after = self._cache.get(identity)
            return after if after and after != before else self._refresh(link)

    def _refresh(self, link: Link) -> Session:
        obtained = self.use(link.source, lambda source: self._provider(link, source))
        session = obtained.replace(account=obtained.account or link.account)
        self._cache.keep(link, session)
        return session

    def _drop(self, link: Link, refused: KeyPair | Session | None) -> None:
        """Forget a session that AWS refused, unless another shell has already replaced it, or it is replaced anyway."""
        if self._anew:
            return
        with self._lock(link.identity):
            if self._cache.get(link.identity) == refused:
                self._cache.forget(link.identity)
