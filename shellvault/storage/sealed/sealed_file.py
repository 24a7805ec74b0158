"""The sealed file: the vault where no OS keyring answers. It keeps named secrets under one passphrase."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, NamedTuple

from shellvault.core.errors import PersonNeededError, VaultUnavailableError
from shellvault.core.record import Secret
from shellvault.storage.sealed import sealed_format
from shellvault.storage.sealed.data_keys import DataKeys
from shellvault.storage.sealed.sealed_folder import SealedFolder

if TYPE_CHECKING:
    from collections.abc import Iterator

    from shellvault.storage.sealed.data_keys import AskPassphrase, KeyHolder
    from shellvault.storage.sealed.sealed_format import SealedVault


class _Opened(NamedTuple):
    """A vault whose data key is known. Never shown: it holds secrets."""

    vault: SealedVault
    key: bytes
    entries: dict[str, Secret]


class SealedFile:
    """Secrets by name, in `vault.sealed` of a folder of its own.

    Every method may ask for the passphrase where the vault is locked, and asks before it takes the lock that other
    writers wait for. Errors: VaultUnavailableError (damaged, unsafe, disk full), PersonNeededError (passphrase).
    """

    def __init__(
        self, folder: str, holder: KeyHolder, passphrase: AskPassphrase, cost: int = sealed_format.COST
    ) -> None:
        self._folder = SealedFolder(folder)
        self._keys = DataKeys(holder, passphrase)
        self._cost = cost

    def exists(self) -> bool:
        """Return whether there is a vault, without opening it."""
        return self._folder.read() is not None

    def vault_id(self) -> str | None:
        """Return the name of the vault's data key, by which the holder knows it; None when there is no vault."""
        vault = self._read()
        return vault.vault_id if vault else None

    def get(self, name: str) -> Secret | None:
        """Return a secret; None when there is none of this name."""
        return self._entries().get(name)

    def names(self) -> list[str]:
        """Return the names of all secrets, sorted."""
        return sorted(self._entries())

    def set(self, name: str, secret: str) -> None:
        """Store or replace a secret; the first one makes the vault, under a new passphrase."""
        if not self.exists():
            self.create(self._keys.chosen())
        with self._opened_for_change() as opened:
            entries = opened.entries | {name: Secret(secret)}
            self._folder.replace(sealed_format.seal(opened.vault.header, opened.key, entries))

    def delete(self, name: str) -> bool:
        """Delete a secret, from the backup too; False when there was none of this name."""
        if not self.exists():
            return False
        with self._opened_for_change() as opened:
            if name not in opened.entries:
                return False
            entries = {key: secret for key, secret in opened.entries.items() if key != name}
            self._replace_with_backup(sealed_format.seal(opened.vault.header, opened.key, entries))
        return True

    def create(self, passphrase: str) -> None:
        """Make an empty vault; where another process was faster, open that one."""
        vault_id, key, header = self._prepared(passphrase)
        with self._folder.locked():
            mine = self._read() is None
            if mine:
                self._folder.replace(sealed_format.seal(header, key, {}))
        if mine:
            self._keys.keep(vault_id, key)
        else:
            self.data_key(passphrase)

    def unlock(self) -> None:
        """Ask for the passphrase now if it is needed, ahead of need."""
        vault = self._present()
        with self._explained():
            self._keys.of(vault)

    def data_key(self, passphrase: str) -> bytes:
        """Return the data key by the passphrase, and keep it for what follows."""
        vault = self._present()
        with self._explained():
            return self._keys.unlocked(vault, passphrase)

    def _prepared(self, passphrase: str) -> tuple[str, bytes, bytes]:
        """Return a new vault id, data key and header."""
        if not passphrase:
            raise PersonNeededError("the passphrase is empty", "choose one of a few words")
        vault_id, key = sealed_format.new_key()
        with self._explained():
            return vault_id, key, sealed_format.header(vault_id, key, passphrase, self._cost)

    def _read(self) -> SealedVault | None:
        raw = self._folder.read()
        with self._explained():
            return None if raw is None else sealed_format.parse(raw)

    def _present(self) -> SealedVault:
        vault = self._read()
        if not vault:
            raise VaultUnavailableError(f"there is no sealed vault yet: {self._folder.file}", "shellvault add PROFILE")
        return vault

    def _entries(self) -> dict[str, Secret]:
        vault = self._read()
        if not vault:
            return {}
        with self._explained():
            return sealed_format.unseal(vault, self._keys.of(vault))

    @contextlib.contextmanager
    def _opened_for_change(self) -> Iterator[_Opened]:
        """Hold the lock with the vault opened; a person is asked before, so that no writer waits for their typing."""
        before = self._present()
        with self._explained():
            key = self._keys.of(before)
        with self._folder.locked(), self._explained():
            vault = self._present()  # again: another writer may have been here
            if vault.vault_id != before.vault_id:  # another one was put in its place this very moment
                key = self._keys.of(vault)
            yield _Opened(vault, key, sealed_format.unseal(vault, key))

    def _replace_with_backup(self, raw: bytes) -> None:
        """Write twice, so that the backup holds the new state too and nothing that was to go."""
        self._folder.replace(raw)
        self._folder.replace(raw)

    @contextlib.contextmanager
    def _explained(self) -> Iterator[None]:
        """Tell a person what the format's errors mean for this file."""
        try:
            yield
        except sealed_format.DamagedError:
            message = f"the sealed vault is damaged: {self._folder.file}"
            raise VaultUnavailableError(message, self._folder.restore_hint()) from None
        except sealed_format.NewerFormatError:
            message = f"the sealed vault was written by a newer shellvault: {self._folder.file}"
            raise VaultUnavailableError(message, "upgrade this one: pipx upgrade shellvault") from None
        except MemoryError:
            message = "there is not enough memory to open the sealed vault"
            raise VaultUnavailableError(message, "free some: it takes 128 MiB for a second") from None
