"""What lets the next session be had without a person, such as a refresh token: kept where the sessions are."""

from __future__ import annotations

import os
import time

from shellvault.core.errors import VaultUnavailableError
from shellvault.system.atomic_file import replace_file
from shellvault.system.file_lock import FileLock

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from shellvault.storage.backends import Backend
    from shellvault.storage.kernel_keyring import KernelKeyring

_KIND = "keepsake"


class KernelRefreshTokens:
    """Keepsakes in the kernel keyring; they are never evicted to make room."""

    def __init__(self, kernel: KernelKeyring, notice: Callable[[str], None]) -> None:
        self._kernel = kernel
        self._notice = notice

    def get(self, identity: str) -> str | None:
        """Return what is kept under this name."""
        found = self._kernel.find(_KIND, identity)
        return found[1].decode("utf-8", "replace") if found else None

    def keep(self, identity: str, text: str, expires_at: int) -> None:
        """Keep a text until a moment in epoch seconds; where the kernel refuses, say so and go on."""
        timeout = int(expires_at - time.time())
        if not self._kernel.add(_KIND, identity, text.encode(), expires_at=expires_at, timeout=timeout):
            self._notice("the kernel keyring is full or closed: the next sign-in will need the browser again")

    def forget(self, identity: str = "") -> int:
        """Forget what is kept under this name, or everything; return how many there were."""
        entries = [entry for entry in self._kernel.entries() if entry.kind == _KIND]
        chosen = [entry for entry in entries if identity in ("", entry.identity)]
        for entry in chosen:
            self._kernel.unlink(entry.key_id)
        return len(chosen)


class VaultRefreshTokens:
    """Keepsakes as entries of a vault backend, where the kernel keeps none; their names lie in a file beside it."""

    def __init__(self, open_backend: Callable[[], Backend], folder: str, notice: Callable[[str], None]) -> None:
        self._open = open_backend
        self._path = os.path.join(folder, "keepsakes")
        self._notice = notice

    def get(self, identity: str) -> str | None:
        """Return what is kept under this name."""
        text = self._open().get(_entry(identity)) if identity in self._names() else None
        if text is None:
            return None
        expires_at, newline, kept = text.partition("\n")
        return kept if newline and expires_at.isdecimal() and int(expires_at) > time.time() else None

    def keep(self, identity: str, text: str, expires_at: int) -> None:
        """Keep a text until a moment in epoch seconds; where the vault refuses, say so and go on."""
        try:
            self._note(identity, known=True)
            self._open().set(_entry(identity), f"{expires_at}\n{text}")
        except VaultUnavailableError as error:
            self._notice(f"{error.message}: the next sign-in will need the browser again")

    def forget(self, identity: str = "") -> int:
        """Forget what is kept under this name, or everything; return how many there were."""
        chosen = [name for name in self._names() if identity in ("", name)]
        for name in chosen:
            self._open().delete(_entry(name))
            self._note(name, known=False)
        return len(chosen)

    def _names(self) -> list[str]:
        try:
            with open(self._path, encoding="ascii", errors="replace") as stream:
                return stream.read().split()
        except FileNotFoundError:
            return []

    def _note(self, identity: str, *, known: bool) -> None:
        with FileLock(self._path + ".lock"):
            names = [name for name in self._names() if name != identity]
            replace_file(self._path, "".join(f"{name}\n" for name in [*names, *([identity] if known else [])]).encode())


def _entry(identity: str) -> str:
    return f"keepsake:{identity}"
