"""Finds the data key of a sealed vault: one that is unlocked already, or the one that the passphrase opens."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from shellvault.core.errors import WrongAnswerError
from shellvault.storage.sealed import sealed_format

if TYPE_CHECKING:
    from collections.abc import Callable

    from shellvault.storage.sealed.sealed_layout import SealedVault

    Retry = Callable[[Callable[[], bytes]], bytes]


class AskPassphrase(Protocol):
    """Gives the passphrase; a `new` one is asked for twice."""

    def __call__(self, *, new: bool) -> str:
        """Return the passphrase, or raise PersonNeededError."""


class UnlockedKeys(Protocol):
    """Keeps data keys between processes: see `UnlockedKeyCache`."""

    def use_key(self, vault_id: str) -> bytes | None:
        """Return the data key of an unlocked vault, and restart its idle time."""

    def keep_key(self, vault_id: str, key: bytes) -> bool:
        """Keep a data key; False: it cannot be kept."""


def try_once(attempt: Callable[[], bytes]) -> bytes:
    """Return what `attempt` returns."""
    return attempt()


class DataKeys:
    """Data keys of unlocked vaults, and of those that are unlocked now.

    `retry` calls an attempt again if a person may correct a wrong passphrase.
    """

    def __init__(self, unlocked: UnlockedKeys, passphrase: AskPassphrase, retry: Retry) -> None:
        self._unlocked = unlocked
        self._passphrase = passphrase
        self._retry = retry
        self._own: dict[str, bytes] = {}  # only what could not be kept, so that `lock` reaches this process as well

    def find(self, vault: SealedVault) -> bytes:
        """Return a vault's data key, asking for the passphrase if necessary."""
        key = self._unlocked.use_key(vault.vault_id) or self._own.get(vault.vault_id)
        return key or self._retry(lambda: self.unlock(vault, self._passphrase(new=False)))

    def unlock(self, vault: SealedVault, passphrase: str) -> bytes:
        """Return a vault's data key by its passphrase, and keep it."""
        try:
            key = sealed_format.unwrap(vault, passphrase)
        except sealed_format.WrongPassphraseError:
            raise WrongAnswerError("the passphrase is wrong", "try again: shellvault unlock") from None
        self.keep(vault.vault_id, key)
        return key

    def keep(self, vault_id: str, key: bytes) -> None:
        """Keep a data key for the next use."""
        if not self._unlocked.keep_key(vault_id, key):
            self._own[vault_id] = key

    def ask_new_passphrase(self) -> str:
        """Return the passphrase for a new vault."""
        return self._passphrase(new=True)
