"""Finds the data key of a sealed vault: where it is held already, else by asking for the passphrase, once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from shellvault.core.errors import PersonNeededError
from shellvault.storage.sealed import sealed_format

if TYPE_CHECKING:
    from shellvault.storage.sealed.sealed_format import SealedVault


class AskPassphrase(Protocol):
    """Asks a person, or whatever stands in for one; `new` when a passphrase is chosen, so that it is asked twice."""

    def __call__(self, *, new: bool) -> str:
        """Return the passphrase, or raise PersonNeededError."""


class KeyHolder(Protocol):
    """What keeps a data key between processes: see `Holder`."""

    def load(self, vault_id: str) -> bytes | None:
        """Return the data key, and count this as use."""

    def keep(self, vault_id: str, key: bytes) -> bool:
        """Hold a data key; False when it cannot."""


class DataKeys:
    """Data keys from the holder, and from a person where the holder has none."""

    def __init__(self, holder: KeyHolder, passphrase: AskPassphrase) -> None:
        self._holder = holder
        self._passphrase = passphrase
        self._own: dict[str, bytes] = {}  # only what the holder would not take: so that locking it locks us too

    def of(self, vault: SealedVault) -> bytes:
        """Return a vault's data key."""
        key = self._holder.load(vault.vault_id) or self._own.get(vault.vault_id)
        return key or self.unlocked(vault, self._passphrase(new=False))

    def unlocked(self, vault: SealedVault, passphrase: str) -> bytes:
        """Return a vault's data key by its passphrase, and keep it."""
        try:
            key = sealed_format.unwrap(vault, passphrase)
        except sealed_format.WrongPassphraseError:
            raise PersonNeededError("the passphrase is wrong", "try again: shellvault unlock") from None
        self.keep(vault.vault_id, key)
        return key

    def keep(self, vault_id: str, key: bytes) -> None:
        """Keep a data key for the next question."""
        if not self._holder.keep(vault_id, key):
            self._own[vault_id] = key

    def chosen(self) -> str:
        """Return a new passphrase."""
        return self._passphrase(new=True)
