"""Keeps a sealed vault unlocked for a while: its data key, in the kernel's memory and nowhere else."""

from __future__ import annotations

import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from shellvault.storage.kernel_keyring import KernelEntry, KernelKeyring

LOCK_AFTER = 60 * 60
"""Seconds without use after which a vault locks, where nothing else is asked for."""

LONGEST = 12 * 60 * 60
"""Seconds after which a vault locks in any case."""

_KIND = "data-key"  # another kind than sessions: sessions never push it out


class UnlockedKeyCache:
    """Data keys by vault id. `expires_at` of an entry is its last moment in any case; the kernel counts idleness."""

    def __init__(
        self, kernel: KernelKeyring, lock_after: int = LOCK_AFTER, now: Callable[[], float] = time.time
    ) -> None:
        self._kernel = kernel
        self._lock_after = lock_after
        self._now = now

    def load(self, vault_id: str) -> bytes | None:
        """Return the data key, and count this as use; None: locked."""
        found = self._kernel.find(_KIND, vault_id)
        if not found:
            return None
        entry, key = found
        left = entry.expires_at - int(self._now())
        if left <= 0:
            self._kernel.unlink(entry.key_id)
            return None
        self._kernel.touch(entry.key_id, min(self._lock_after, left))
        return key

    def keep(self, vault_id: str, key: bytes) -> bool:
        """Hold a data key from now on; False: the kernel would not, or vaults here lock at once."""
        timeout = min(self._lock_after, LONGEST)
        return self._kernel.add(_KIND, vault_id, key, expires_at=int(self._now()) + LONGEST, timeout=timeout)

    def forget(self, vault_id: str = "") -> None:
        """Lock this vault, or without a name every vault of this user."""
        for entry in self._entries(vault_id):
            self._kernel.unlink(entry.key_id)

    def until(self, vault_id: str) -> int | None:
        """Return the epoch second until which the vault is unlocked if nobody uses it, never too late; None: locked.

        Reads no key, and counts as no use. It is as coarse as the kernel tells: to the minute below an hour.
        """
        return max(map(self._end, self._entries(vault_id)), default=None)

    def _entries(self, vault_id: str) -> list[KernelEntry]:
        held = [entry for entry in self._kernel.entries() if entry.kind == _KIND]
        return [entry for entry in held if vault_id in ("", entry.identity)]

    def _end(self, entry: KernelEntry) -> int:
        left = self._kernel.seconds_left(entry.key_id)
        return entry.expires_at if left is None else min(entry.expires_at, int(self._now()) + left)
