"""Backends that live in a dictionary: one that keeps every promise, and one as narrow as Windows' own."""

from __future__ import annotations

from shellvault.core.errors import VaultUnavailableError
from shellvault.core.record import Secret

WINDOWS_LIMIT = 2560  # bytes, CRED_MAX_CREDENTIAL_BLOB_SIZE


class FakeBackend:
    """A vault in memory; objects over one dictionary share it."""

    name = "fake"

    def __init__(self, entries: dict[str, str]) -> None:
        self.entries = entries

    def get(self, entry: str) -> Secret | None:
        """Return the secret, or None."""
        return Secret(self.entries[entry]) if entry in self.entries else None

    def set(self, entry: str, secret: str) -> None:
        """Keep a secret."""
        self.entries[entry] = secret

    def delete(self, entry: str) -> None:
        """Forget a secret."""
        self.entries.pop(entry, None)


class NarrowBackend(FakeBackend):
    """A vault that folds the case of names and holds 2,560 bytes of UTF-16 an entry; it dies after `writes` writes."""

    name = "wincred"

    def __init__(self, entries: dict[str, str], writes: int = 1_000_000) -> None:
        super().__init__(entries)
        self._writes = writes

    def get(self, entry: str) -> Secret | None:
        """Return the secret, or None."""
        return super().get(entry.casefold())

    def set(self, entry: str, secret: str) -> None:
        """Keep a secret that fits."""
        assert len(secret.encode("utf-16-le")) <= WINDOWS_LIMIT, "Windows would refuse this one"
        self._spend()
        super().set(entry.casefold(), secret)

    def delete(self, entry: str) -> None:
        """Forget a secret."""
        self._spend()
        super().delete(entry.casefold())

    def _spend(self) -> None:
        self._writes -= 1
        if self._writes < 0:
            raise VaultUnavailableError("killed here")


class NoHolder:
    """A holder of data keys that holds none, as on a system without a kernel keyring."""

    def load(self, _vault_id: str) -> bytes | None:
        """Know nothing."""
        return None

    def keep(self, _vault_id: str, _key: bytes) -> bool:
        """Refuse."""
        return False

    def forget(self, _vault_id: str) -> None:
        """Have nothing to forget."""


def same_passphrase(*, new: bool) -> str:
    """Type the passphrase, twice where it is new."""
    del new
    return "a passphrase"
