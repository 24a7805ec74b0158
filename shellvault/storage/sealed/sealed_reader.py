"""Reads a sealed vault without opening it: whether there is one, and its id."""

from __future__ import annotations

from shellvault.core.errors import VaultUnavailableError
from shellvault.storage.sealed.sealed_layout import DamagedError, NewerFormatError, parse

TYPE_CHECKING = False
if TYPE_CHECKING:
    from shellvault.storage.sealed.sealed_folder import SealedFolder
    from shellvault.storage.sealed.sealed_layout import SealedVault


class SealedReader:
    """Reads the vault in a folder. Errors: VaultUnavailableError (damaged, unsafe)."""

    def __init__(self, folder: SealedFolder) -> None:
        self._folder = folder

    def read(self) -> SealedVault | None:
        """Return the vault, still sealed; None if there is none."""
        raw = self._folder.read()
        with TranslatedFormat(self._folder):
            return None if raw is None else parse(raw)

    def vault_id(self) -> str | None:
        """Return the id under which the vault's data key is kept; None when there is no vault."""
        vault = self.read()
        return vault.vault_id if vault else None


class TranslatedFormat:
    """A context that turns format errors into errors that say what is wrong with the file."""

    def __init__(self, folder: SealedFolder) -> None:
        self._folder = folder

    def __enter__(self) -> None:
        pass

    def __exit__(self, _kind: object, error: BaseException | None, _traceback: object) -> None:
        file = self._folder.file
        if isinstance(error, DamagedError):
            hint = self._folder.restore_hint()
            raise VaultUnavailableError(f"the sealed vault is damaged: {file}", hint) from None
        if isinstance(error, NewerFormatError):
            message = f"the sealed vault was written by a newer shellvault: {file}"
            raise VaultUnavailableError(message, "upgrade shellvault: pipx upgrade shellvault") from None
        if isinstance(error, MemoryError):
            message = "not enough memory to open the sealed vault"
            raise VaultUnavailableError(message, "free some memory: unlocking takes 128 MiB for a second") from None
