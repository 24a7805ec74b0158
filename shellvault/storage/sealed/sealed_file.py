"""The sealed file: a vault for systems without an OS keyring. It keeps named secrets under one passphrase."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, NamedTuple

from shellvault.core.errors import PersonNeededError, VaultUnavailableError
from shellvault.core.record import Secret
from shellvault.storage.backends import SEALED
from shellvault.storage.sealed import sealed_format
from shellvault.storage.sealed.data_keys import DataKeys, try_once
from shellvault.storage.sealed.sealed_folder import SealedFolder
from shellvault.storage.sealed.sealed_reader import SealedReader, TranslatedFormat

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from shellvault.storage.sealed.data_keys import AskPassphrase, Retry, UnlockedKeys
    from shellvault.storage.sealed.sealed_layout import SealedVault


class _OpenVault(NamedTuple):
    """A vault with its data key. Never show it: it contains secrets."""

    header: bytes
    key: bytes
    entries: dict[str, Secret]


class SealedFile:
    """The `Backend` of named secrets in `vault.sealed`, in a folder of its own.

    While the vault is locked, every method may ask for the passphrase; it asks before it takes the lock that other
    writers wait for. Errors: VaultUnavailableError (damaged, unsafe, disk full), PersonNeededError (passphrase).
    """

    name = SEALED

    def __init__(
        self,
        folder: str,
        unlocked: UnlockedKeys,
        passphrase: AskPassphrase,
        cost: int = sealed_format.COST,
        *,
        notice: Callable[[str], None] | None = None,
        retry: Retry = try_once,
    ) -> None:
        self._folder = SealedFolder(folder, notice)
        self._reader = SealedReader(self._folder)
        self._keys = DataKeys(unlocked, passphrase, retry)
        self._cost = cost

    def exists(self) -> bool:
        """Return whether there is a vault, without opening it."""
        return self._folder.read() is not None

    def vault_id(self) -> str | None:
        """See `SealedReader`."""
        return self._reader.vault_id()

    def get(self, entry: str) -> Secret | None:
        """See `Backend`."""
        return self.entries().get(entry)

    def entries(self) -> dict[str, Secret]:
        """Return every secret by its name."""
        vault = self._reader.read()
        return self._unseal(vault, self._find_key(vault)) if vault else {}

    def set(self, entry: str, secret: str) -> None:
        """See `Backend`. The first secret creates the vault, under a new passphrase."""
        if not self.exists():
            self.create(self._keys.ask_new_passphrase())
        with self._opened() as vault:
            entries = vault.entries | {entry: Secret(secret)}
            self._folder.replace(sealed_format.seal(vault.header, vault.key, entries))

    def delete(self, entry: str) -> None:
        """See `Backend`. The secret disappears from the backup, too."""
        if not self.exists():
            return
        with self._opened() as vault:
            if entry not in vault.entries:
                return
            entries = {name: secret for name, secret in vault.entries.items() if name != entry}
            raw = sealed_format.seal(vault.header, vault.key, entries)
            self._folder.replace(raw)
            self._folder.replace(raw)  # once more, so that the backup is the new state as well

    def create(self, passphrase: str) -> None:
        """Create an empty vault; if another process was faster, unlock that one."""
        vault_id, key, header = self._prepare(passphrase)
        with self._folder.locked():
            is_first = self._reader.read() is None
            if is_first:
                self._folder.replace(sealed_format.seal(header, key, {}))
        if is_first:
            self._keys.keep(vault_id, key)
        else:
            self.unlock_with(passphrase)

    def unlock(self) -> None:
        """Ask for the passphrase if the vault is locked."""
        self._find_key(self._require_vault())

    def unlock_with(self, passphrase: str) -> bytes:
        """Unlock the vault with this passphrase, and return the data key."""
        vault = self._require_vault()
        with TranslatedFormat(self._folder):
            return self._keys.unlock(vault, passphrase)

    def _prepare(self, passphrase: str) -> tuple[str, bytes, bytes]:
        """Return a new vault id, data key and header."""
        if not passphrase:
            raise PersonNeededError("the passphrase is empty", "choose a few words")
        vault_id, key = sealed_format.new_key()
        with TranslatedFormat(self._folder):
            return vault_id, key, sealed_format.header(vault_id, key, passphrase, self._cost)

    def _require_vault(self) -> SealedVault:
        vault = self._reader.read()
        if not vault:
            raise VaultUnavailableError(f"there is no sealed vault yet: {self._folder.file}", "shellvault add PROFILE")
        return vault

    def _find_key(self, vault: SealedVault) -> bytes:
        with TranslatedFormat(self._folder):
            return self._keys.find(vault)

    def _unseal(self, vault: SealedVault, key: bytes) -> dict[str, Secret]:
        with TranslatedFormat(self._folder):
            return sealed_format.unseal(vault, key)

    @contextlib.contextmanager
    def _opened(self) -> Iterator[_OpenVault]:
        """Hold the lock with the vault opened; the passphrase is asked for first, so that no writer waits for that."""
        before = self._require_vault()
        key = self._find_key(before)
        with self._folder.locked():
            vault = self._require_vault()  # again: another writer may have changed it
            if vault.vault_id != before.vault_id:  # it was replaced by another vault this very moment
                key = self._find_key(vault)
            yield _OpenVault(vault.header, key, self._unseal(vault, key))
