"""Keeps entries in the agent's own memory, by the kernel keyring's rules, on systems that have no kernel keyring.

Two clocks apply, and an entry ends by whichever comes first. The wall clock says when AWS ends a session. The time
since boot, which includes sleep and cannot be set back, says how long an entry has been kept and left unused.
"""

from __future__ import annotations

import time
from _thread import allocate_lock

from shellvault.core.secret_memory import StoreEntry
from shellvault.storage.kernel_keyring import SESSION
from shellvault.system.deadline import time_since_boot

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

LARGEST = 64 * 1024
"""The most bytes of a payload, and of a note."""

MOST_ENTRIES = 1000
"""The most entries; to make room for another, the session that ends first is dropped."""


class _Held:
    """One entry. `unused_until` and `ends` are in seconds since boot, `expires_at` in epoch seconds."""

    __slots__ = ("ends", "expires_at", "note", "payload", "unused_until")

    def __init__(self, payload: bytes, note: str, expires_at: int, ends: float) -> None:
        self.payload = bytearray(payload)
        self.note = note
        self.expires_at = expires_at
        self.ends = self.unused_until = ends

    def wipe(self) -> None:
        """Overwrite the payload."""
        self.payload[:] = bytes(len(self.payload))


class AgentMemory:
    """The entries of one home: see `SecretMemory`. Any thread may use it.

    Args:
        clock: epoch seconds.
        since_boot: seconds that never run backwards.
    """

    name = "the agent"

    def __init__(
        self, clock: Callable[[], float] = time.time, since_boot: Callable[[], float] = time_since_boot
    ) -> None:
        self._clock = clock
        self._since_boot = since_boot
        self._lock = allocate_lock()
        self._held: dict[tuple[str, str], _Held] = {}

    def is_available(self) -> bool:
        """See `SecretMemory`."""
        return True

    def find(self, kind: str, identity: str) -> bytes | None:
        """See `SecretMemory`."""
        with self._lock:
            held = self._find(kind, identity)
            return bytes(held.payload) if held else None

    def entries(self, kind: str) -> list[StoreEntry]:
        """See `SecretMemory`."""
        with self._lock:
            self._drop_expired()
            return [
                StoreEntry(identity, held.expires_at, held.note)
                for (its_kind, identity), held in self._held.items()
                if its_kind == kind
            ]

    def find_note(self, kind: str, identity: str) -> StoreEntry | None:
        """See `SecretMemory`."""
        with self._lock:
            held = self._find(kind, identity)
            return StoreEntry(identity, held.expires_at, held.note) if held else None

    def add(self, kind: str, identity: str, payload: bytes, *, expires_at: int, timeout: int, note: str = "") -> bool:
        """See `SecretMemory`; a payload or note larger than `LARGEST` cannot be kept."""
        if max(len(payload), len(note)) > LARGEST:
            return False
        with self._lock:
            now = self._since_boot()
            held = _Held(payload, note, expires_at, now + expires_at - self._clock())
            held.unused_until = min(now + timeout, held.ends)
            if self._count_seconds(held) <= 0 or not self._make_room(kind, identity):
                return False
            self._drop(kind, identity)
            self._held[kind, identity] = held
            return True

    def touch(self, kind: str, identity: str, timeout: int) -> bool:
        """See `SecretMemory`."""
        with self._lock:
            held = self._find(kind, identity)
            if held:
                held.unused_until = min(self._since_boot() + max(1, timeout), held.ends)
            return held is not None

    def remove(self, kind: str, identity: str) -> None:
        """See `SecretMemory`."""
        with self._lock:
            self._drop(kind, identity)

    def clear(self) -> None:
        """See `SecretMemory`."""
        with self._lock:
            for kind, identity in list(self._held):
                self._drop(kind, identity)

    def seconds_left(self, kind: str, identity: str) -> int | None:
        """See `SecretMemory`."""
        with self._lock:
            held = self._find(kind, identity)
            return int(self._count_seconds(held)) if held else None

    def drop_expired(self) -> float | None:
        """Wipe expired entries; return the seconds until the next one expires, or None if none is left.

        Expired entries are never handed out in any case; calling this now and then also clears them from memory.
        """
        with self._lock:
            self._drop_expired()
            return min(map(self._count_seconds, self._held.values()), default=None)

    def _find(self, kind: str, identity: str) -> _Held | None:
        held = self._held.get((kind, identity))
        if held and self._count_seconds(held) <= 0:
            self._drop(kind, identity)
            return None
        return held

    def _count_seconds(self, held: _Held) -> float:
        """Return for how many more seconds an entry is kept."""
        return min(held.expires_at - self._clock(), held.unused_until - self._since_boot())

    def _drop(self, kind: str, identity: str) -> None:
        if held := self._held.pop((kind, identity), None):
            held.wipe()

    def _drop_expired(self) -> None:
        for kind, identity in list(self._held):
            self._find(kind, identity)

    def _make_room(self, kind: str, identity: str) -> bool:
        """Make room for one entry, dropping a session if necessary; return False if there is none to drop."""
        if len(self._held) < MOST_ENTRIES or (kind, identity) in self._held:
            return True
        self._drop_expired()
        sessions = [(self._count_seconds(held), *key) for key, held in self._held.items() if key[0] == SESSION]
        if len(self._held) >= MOST_ENTRIES and sessions:
            self._drop(*min(sessions)[1:])
        return len(self._held) < MOST_ENTRIES
