"""Backends in a dictionary: one that keeps every promise, and one with the limits of Windows."""

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
        """Store a secret."""
        self.entries[entry] = secret

    def delete(self, entry: str) -> None:
        """Delete a secret."""
        self.entries.pop(entry, None)


class NarrowBackend(FakeBackend):
    """A vault that ignores the case of names, holds 2,560 bytes of UTF-16 an entry, and fails after `writes` writes."""

    name = "wincred"

    def __init__(self, entries: dict[str, str], writes: int = 1_000_000) -> None:
        super().__init__(entries)
        self._writes = writes

    def get(self, entry: str) -> Secret | None:
        """Return the secret, or None."""
        return super().get(entry.casefold())

    def set(self, entry: str, secret: str) -> None:
        """Store a secret that fits."""
        assert len(secret.encode("utf-16-le")) <= WINDOWS_LIMIT, "Windows would refuse this one"
        self._count_write()
        super().set(entry.casefold(), secret)

    def delete(self, entry: str) -> None:
        """Delete a secret."""
        self._count_write()
        super().delete(entry.casefold())

    def _count_write(self) -> None:
        self._writes -= 1
        if self._writes < 0:
            raise VaultUnavailableError("killed here")


class NothingUnlocked:
    """A cache of data keys that keeps none, as on a system without a kernel keyring."""

    def use_key(self, _vault_id: str) -> bytes | None:
        """Find none."""
        return None

    def keep_key(self, _vault_id: str, _key: bytes) -> bool:
        """Refuse."""
        return False


def type_passphrase(*, new: bool) -> str:
    """Type the same passphrase each time."""
    del new
    return "a passphrase"
