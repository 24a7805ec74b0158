"""Writes keys into the user keyring of the Linux kernel, and makes room for them while the user's quota is used up."""

from __future__ import annotations

import errno
import time
import zlib
from contextlib import suppress
from operator import itemgetter

from shellvault.storage import keyctl

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from typing import Protocol

    from shellvault.core.secret_memory import StoreEntry

    class EntryKeys(Protocol):
        """The keys of all entries; see `KernelKeyring`."""

        prefix: str

        def entries(self, kind: str) -> Sequence[StoreEntry]:
            """Return the entries of a kind."""

        def siblings(self, kind: str) -> Sequence[EntryKeys]:
            """Return the keys of all homes that have entries of a kind."""

        def find(self, kind: str, identity: str) -> bytes | None:
            """Return an entry's payload."""

        def seconds_left(self, kind: str, identity: str) -> int | None:
            """Return how long the kernel will keep an entry."""

        def remove(self, kind: str, identity: str) -> None:
            """Remove an entry."""

        def unlink(self, kind: str, identity: str) -> bool:
            """Remove a single key; False: there was none."""


_NOTE = "note:"  # what the kind of a note key starts with
_MOST_EVICTIONS = 8
_PACK_ABOVE = 0.3  # of the quota; below that, nothing is packed, and the next command need not load what unpacks
_PATIENCE = 0.1  # seconds; an unlinked key counts against the quota until the kernel's next RCU grace period
_PAUSE = 0.005


class KeyWriter:
    """Writes the keys of one entry. `evicted` counts the entries that were given up for it.

    Args:
        keys: those of all entries.
        kind: the entry's kind.
        identity: the entry's identity.
        timeout: for how many seconds the kernel keeps the keys; more than 0.
        evictable: the kind of entry that may be evicted to make room.
    """

    def __init__(self, keys: EntryKeys, kind: str, identity: str, timeout: int, evictable: str) -> None:
        self.evicted = 0
        self._keys = keys
        self._kind = kind
        self._identity = identity
        self._timeout = timeout
        self._evictable = evictable

    def write_entry(self, payload: bytes, note: bytes) -> bool:
        """Put an entry into the user keyring, evicting others if necessary.

        Return False if the kernel refuses; the old entry is there again, if there was one.
        """
        kinds = (_NOTE + self._kind, self._kind)
        old = [self._keys.find(kind, self._identity) for kind in kinds]
        left = self._keys.seconds_left(self._kind, self._identity)
        left = self._timeout if left is None else left
        # The note comes first: an entry without one would not be listed, and so never cleared.
        if self._write(kinds[0], note) and self._write(kinds[1], payload):
            return True
        with suppress(OSError):
            for kind, content in zip(kinds, old, strict=True):
                if left > 0 and content is not None:
                    self._try_insert(self._name(kind), content, left)
        if self._keys.find(self._kind, self._identity) is None:
            self._keys.remove(self._kind, self._identity)  # a note alone is of no use
        return False

    def insert_small(self, name: bytes, timeout: int) -> None:
        """Put a key that is only a marker into the user keyring, if there is room."""
        with suppress(OSError):
            insert(name, b"1", timeout)

    def _write(self, kind: str, content: bytes) -> bool:
        """Put one key into the user keyring; return False if the kernel refuses."""
        name = self._name(kind)
        try:
            if self._try_insert(name, content, self._timeout):
                return True
            return any(self._try_insert(name, content, self._timeout) for _ in self._make_room())
        except OSError:
            return False

    def _name(self, kind: str) -> bytes:
        return f"{self._keys.prefix}{kind}:{self._identity}".encode()

    def _try_insert(self, name: bytes, content: bytes, timeout: int) -> bool:
        """Insert a key, retrying for a moment while the quota is used up; False: it still is."""
        give_up = time.monotonic() + _PATIENCE
        while True:
            try:
                insert(name, content, timeout)
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
        if expired:
            _unlink(expired)
            yield
        if self._keys.unlink(self._kind, self._identity):
            yield
        for keys, identity in self._find_oldest():
            keys.remove(self._evictable, identity)
            self.evicted += 1
            yield

    def _find_oldest(self) -> list[tuple[EntryKeys, str]]:
        """Return the evictable entries that expire first, in any home of this user."""
        found = [
            (entry.expires_at, keys, entry.identity)
            for keys in self._keys.siblings(self._evictable)
            for entry in keys.entries(self._evictable)
            if (keys.prefix, entry.identity) != (self._keys.prefix, self._identity)
        ]
        return [(keys, identity) for _, keys, identity in sorted(found, key=itemgetter(0))[:_MOST_EVICTIONS]]


def rewrite(key_id: int, make: Callable[[str], bytes | None], timeout: int) -> None:
    """Replace a key's content by what `make` returns for it, if anything; where there is no room, it stays.

    The key is changed itself: one of the same name that another process puts in its place is not touched.
    """
    with suppress(OSError):
        old = keyctl.read(key_id)
        is_packed, is_plain = old.startswith(keyctl.PACKED), old.startswith(keyctl.PLAIN)  # else it is a `big_key`
        text = zlib.decompress(old[1:]) if is_packed else old[1:] if is_plain else old
        if new := make(text.decode("utf-8", "replace")):
            keyctl.update(key_id, keyctl.PLAIN + new if is_packed or is_plain else new)
            keyctl.set_timeout(key_id, timeout)  # an update removes it


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
    payload = keyctl.PLAIN + content
    if keyctl.used_quotas()[1] > _PACK_ABOVE:
        payload = min(payload, keyctl.PACKED + zlib.compress(content, 9), key=len)
    return keyctl.add_key(b"user", name, payload, keyctl.THREAD_RING)


def _unlink(key_ids: list[int]) -> None:
    for key_id in key_ids:
        with suppress(OSError):
            keyctl.unlink(key_id, keyctl.USER_RING)
