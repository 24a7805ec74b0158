"""Sealed vaults for tests, and users who type a passphrase."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shellvault.storage.sealed.sealed_file import SealedFile
from shellvault.storage.sealed.unlocked_key_cache import UnlockedKeyCache

if TYPE_CHECKING:
    from shellvault.storage.kernel_keyring import KernelKeyring
    from shellvault.storage.sealed.data_keys import AskPassphrase

PASSPHRASE = "correct horse battery staple"
QUICK = 10
"""A scrypt cost for tests: a millisecond."""


class Typist:
    """Somebody who types one passphrase whenever asked, and records what was asked."""

    def __init__(self, passphrase: str = PASSPHRASE) -> None:
        self.passphrase = passphrase
        self.asked: list[str] = []

    def __call__(self, *, new: bool) -> str:
        """Type it."""
        self.asked.append("new" if new else "present")
        return self.passphrase


def open_sealed_file(folder: object, kernel: KernelKeyring, typist: AskPassphrase | None = None) -> SealedFile:
    """Return the sealed file of a folder, as a process that starts now would have it."""
    return SealedFile(str(folder), UnlockedKeyCache(kernel), typist or Typist(), QUICK)


def stored_names(vault: SealedFile) -> list[str]:
    """Return the names in a vault, which the program itself never lists."""
    found = vault._reader.read()  # noqa: SLF001
    return sorted(vault._unseal(found, vault._find_key(found))) if found else []  # noqa: SLF001
