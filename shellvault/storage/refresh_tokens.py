"""Refresh tokens and client registrations of sign-ins, so that the next sign-in needs no browser."""

from __future__ import annotations

from shellvault.core.errors import VaultUnavailableError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from shellvault.storage.store import Store

REFRESH_TOKEN = "refresh-token"  # noqa: S105 - the name of a kind
"""The kind of their entries; unlike sessions, they are never evicted from the kernel keyring."""


class RefreshTokens:
    """The refresh tokens in a store; `notice` tells the user something that is not an error."""

    def __init__(self, store: Store, notice: Callable[[str], None]) -> None:
        self._store = store
        self._notice = notice

    def get(self, identity: str) -> str | None:
        """Return the text that is kept for a sign-in."""
        return self._store.get(identity)

    def keep(self, identity: str, text: str, expires_at: int) -> None:
        """Keep a text until `expires_at` (epoch seconds); where that is impossible, tell the user and go on."""
        try:
            self._store.put(identity, text, expires_at=expires_at)
        except VaultUnavailableError as error:
            self._notice(f"{error.message}: the next sign-in will need the browser again")

    def forget(self, identity: str = "") -> int:
        """Forget one sign-in's text, or all of them; return how many there were."""
        chosen = [entry.identity for entry in self._store.entries() if identity in ("", entry.identity)]
        for each in chosen:
            self._store.remove(each)
        return len(chosen)
