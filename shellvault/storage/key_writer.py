"""Writes keys into the user keyring of the Linux kernel, and makes room for them while the user's quota is used up."""

from __future__ import annotations

import errno
import time
from operator import attrgetter

from shellvault.storage import keyctl

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import Protocol

    from shellvault.storage.store import StoreEntry

    class EntryKeys(Protocol):
        """The keys of all entries; see `KernelKeyring`."""

        prefix: str

        def entries(self, kind: str) -> Sequence[StoreEntry]:
            """Return the entries of a kind."""

        def remove(self, kind: str, identity: str) -> None:
            """Remove an entry."""

        def unlink(self, kind: str, identity: str) -> bool:
            """Remove a single key; False: there was none."""


_MOST_EVICTIONS = 4
_PATIENCE = 0.1  # seconds; an unlinked key counts against the quota until the kernel's next RCU grace period
_PAUSE = 0.005


class KeyWriter:
    """Writes the keys of one entry.

    Args:
        keys: those of all entries.
        kind: the entry's kind.
        identity: the entry's identity.
        timeout: for how many seconds the kernel keeps the keys; more than 0.
        evictable: the kind of entry that may be evicted to make room.
    """

    def __init__(self, keys: EntryKeys, kind: str, identity: str, timeout: int, evictable: str) -> None:
        self._keys = keys
        self._kind = kind
        self._identity = identity
        self._timeout = timeout
        self._evictable = evictable

    def write(self, kind: str, content: bytes) -> bool:
        """Put one key into the user keyring, evicting others if necessary; False: the kernel refuses."""
        name = f"{self._keys.prefix}{kind}:{self._identity}".encode()
        try:
            if self._try_insert(name, content):
                return True
            return any(self._try_insert(name, content) for _ in self._make_room())
        except OSError:
            return False

    def _try_insert(self, name: bytes, content: bytes) -> bool:
        """Insert a key, retrying for a moment while the quota is used up; False: it still is."""
        give_up = time.monotonic() + _PATIENCE
        while True:
            try:
                insert(name, content, self._timeout)
            except OSError as error:
                if error.errno != errno.EDQUOT:
                    raise
                if time.monotonic() > give_up:
                    return False
                time.sleep(_PAUSE)
            else:
                return True

    def _make_room(self) -> Iterator[None]:
        """Give up something at each step: expired keys, the key to be replaced, then the sessions that expire first."""
        # An expired key counts against the quota for another five minutes, and is of no use to anybody. In the
        # milliseconds since the listing another process may have replaced it; then that one is lost, and fetched again.
        expired = [key_id for key_id, problem, _ in keyctl.describe_keys() if problem == errno.EKEYEXPIRED]
        for key_id in expired:
            _unlink(key_id)
        if expired:
            yield
        if self._keys.unlink(self._kind, self._identity):
            yield
        others = (entry for entry in self._keys.entries(self._evictable) if entry.identity != self._identity)
        for entry in sorted(others, key=attrgetter("expires_at"))[:_MOST_EVICTIONS]:
            self._keys.remove(self._evictable, entry.identity)
            yield


def insert(name: bytes, content: bytes, timeout: int) -> None:
    """Put a key into the user keyring, where it replaces one of the same name.

    Until its timeout and permissions are set, the key is in this thread's own keyring.
    """
    key_id = _create(name, content)
    try:
        keyctl.set_timeout(key_id, timeout)
        keyctl.set_permissions(key_id, keyctl.ALL_RIGHTS_TO_USER)
        keyctl.link(key_id, keyctl.USER_RING)
    finally:
        keyctl.unlink(key_id, keyctl.THREAD_RING)


def _create(name: bytes, content: bytes) -> int:
    """Create a `big_key`, whose payload hardly counts against the quota, or a `user` key where the kernel has none."""
    try:
        return keyctl.add_key(b"big_key", name, content, keyctl.THREAD_RING)
    except OSError as error:
        if error.errno != errno.ENODEV:
            raise
    return keyctl.add_key(b"user", name, content, keyctl.THREAD_RING)


def _unlink(key_id: int) -> None:
    try:
        keyctl.unlink(key_id, keyctl.USER_RING)
    except OSError:
        return
