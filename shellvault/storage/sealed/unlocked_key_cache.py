"""Keeps a sealed vault unlocked for a while: its data key, in memory and nowhere else."""

from __future__ import annotations

import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from shellvault.core.secret_memory import SecretMemory

LOCK_AFTER = 60 * 60
"""Seconds without use after which a vault locks, unless another time is set."""

LONGEST = 12 * 60 * 60
"""Seconds after which a vault locks even if it is used."""

DATA_KEY = "data-key"
"""The kind of the entries; sessions never evict them."""


class UnlockedKeyCache:
    """Data keys by vault id.

    An entry's `expires_at` is its absolute expiry; its timeout is the time without use.
    """

    def __init__(
        self, memory: SecretMemory, lock_after: int = LOCK_AFTER, clock: Callable[[], float] = time.time
    ) -> None:
        self._memory = memory
        self._lock_after = lock_after
        self._clock = clock

    def use_key(self, vault_id: str) -> bytes | None:
        """Return the data key of an unlocked vault, and restart its idle time; None: the vault is locked."""
        entry, key = self._memory.find_note(DATA_KEY, vault_id), self._memory.find(DATA_KEY, vault_id)
        if entry is None or key is None:
            return None
        left = entry.expires_at - int(self._clock())
        if left <= 0:
            self.lock(vault_id)
            return None
        self._memory.touch(DATA_KEY, vault_id, min(self._lock_after, left))
        return key

    def keep_key(self, vault_id: str, key: bytes) -> bool:
        """Keep the data key of a vault from now on; False: the memory refuses, or vaults are to lock at once."""
        timeout = min(self._lock_after, LONGEST)
        expires_at = int(self._clock()) + LONGEST
        return self._memory.add(DATA_KEY, vault_id, key, expires_at=expires_at, timeout=timeout)

    def lock(self, vault_id: str) -> None:
        """Lock a vault; one that is locked already is no error."""
        self._memory.remove(DATA_KEY, vault_id)

    def lock_all(self) -> None:
        """Lock every vault in this memory."""
        for entry in self._memory.entries(DATA_KEY):
            self.lock(entry.identity)

    def find_lock_time(self, vault_id: str) -> int | None:
        """Return the epoch second at which the vault locks if it is not used, never too late; None: it is locked.

        This reads no key, and does not count as use.
        """
        entry, left = self._memory.find_note(DATA_KEY, vault_id), self._memory.seconds_left(DATA_KEY, vault_id)
        if entry is None:
            return None
        now = int(self._clock())
        end = min(entry.expires_at, now + (self._lock_after if left is None else left))
        return end if end > now else None
