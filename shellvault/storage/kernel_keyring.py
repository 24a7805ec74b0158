"""Secrets in the memory of the Linux kernel, under names that can be listed without reading any; no files, no daemon.

A key is described as `<prefix><kind>:<identity>:<expires_at>:<random>:<detail>` and lives in the user keyring, where
every session of the same user finds it and no other user can.
"""

from __future__ import annotations

import errno
import os
import time

from shellvault.core.record import Record
from shellvault.storage import keyctl

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

SESSION = "session"
"""The one kind of entry that may be evicted to make room: it can be minted again."""

_LOOKS = 50  # times to look again while writers replace keys under our eyes
_MOST_EVICTIONS = 4
_PATIENCE = 0.1  # seconds; an unlinked key weighs on the quota until the kernel's next RCU grace period
_PAUSE = 0.005
_PARTS = 5  # of a description, after the prefix


class KernelEntry(Record):
    """What is known of a key without reading it. `expires_at` is epoch seconds, as its writer gave it."""

    key_id: int
    kind: str
    identity: str
    expires_at: int
    detail: str


class KernelKeyring:
    """The entries of one prefix. Where the kernel refuses, nothing raises: another store stands behind it."""

    def __init__(self, prefix: str) -> None:
        self._prefix = prefix
        self._types = [b"big_key", b"user"]

    def available(self) -> bool:
        """Return whether the kernel answers: containers often forbid these calls."""
        try:
            keyctl.keys_in(keyctl.USER_RING)
        except OSError:
            return False
        return True

    def entries(self) -> list[KernelEntry]:
        """Return all entries, and read none of their payloads."""
        for _ in range(_LOOKS):
            found, vanished = self._look()
            if not vanished:
                break
        return found

    def find(self, kind: str, identity: str) -> tuple[KernelEntry, bytes] | None:
        """Return the entry of this identity that lasts longest, with its payload."""
        for _ in range(_LOOKS):
            same = self._same(kind, identity)
            if not same:
                return None
            entry = max(same, key=_end)
            payload = self.read(entry.key_id)
            if payload is not None:  # otherwise it was replaced since we looked
                return entry, payload
        return None

    def read(self, key_id: int) -> bytes | None:
        """Return a key's payload; None when it is gone or expired."""
        try:
            return keyctl.read(key_id)
        except OSError:
            return None

    def add(self, kind: str, identity: str, payload: bytes, *, expires_at: int, timeout: int, detail: str = "") -> bool:
        """Keep a payload for `timeout` seconds, in place of what bore this kind and identity; False: refused.

        The texts are printable ASCII, kind and identity without a colon. A reader finds the old entry or the new one,
        never none; only when the quota is used up does the old one go first, so that no other entry has to.
        """
        if timeout <= 0:  # to the kernel, 0 means for ever
            return False
        # The kernel unlinks by description, whatever the id: were two alike, the old one would take the new one along.
        unique = os.urandom(4).hex()
        description = f"{self._prefix}{kind}:{identity}:{expires_at}:{unique}:{detail}".encode("ascii")
        replaced = self._same(kind, identity)
        try:
            placed = self._place(lambda: self._insert(description, payload, timeout), replaced)
        except OSError:
            return False
        if placed:
            self._unlink_all(replaced)
        return placed

    def touch(self, key_id: int, timeout: int) -> bool:
        """Let a key live for `timeout` seconds from now; False: it is gone."""
        try:
            keyctl.set_timeout(key_id, max(1, timeout))  # to the kernel, 0 means for ever
        except OSError:
            return False
        return True

    def unlink(self, key_id: int) -> None:
        """Drop a key; one that is gone already is fine."""
        try:
            keyctl.unlink(key_id, keyctl.USER_RING)
        except OSError:
            return

    def seconds_left(self, key_id: int) -> int | None:
        """Return how long the kernel will keep a key, as coarsely as it tells (see `keyctl.seconds_left`)."""
        try:
            return keyctl.seconds_left(key_id)
        except OSError:
            return None

    def _look(self) -> tuple[list[KernelEntry], bool]:
        """Return the entries, and whether a key vanished meanwhile, so that its successor may have been missed."""
        found, vanished = [], False
        for key_id, problem, description in _described():
            vanished = vanished or problem == errno.ENOKEY
            if entry := self._parsed(key_id, description):
                found.append(entry)
        return found, vanished

    def _parsed(self, key_id: int, description: str) -> KernelEntry | None:
        parts = description.removeprefix(self._prefix).split(":", 4)
        if not description.startswith(self._prefix) or len(parts) != _PARTS or not parts[2].isdigit():
            return None
        kind, identity, expires_at, _unique, detail = parts
        return KernelEntry(key_id, kind, identity, int(expires_at), detail)

    def _same(self, kind: str, identity: str) -> list[KernelEntry]:
        return [entry for entry in self.entries() if (entry.kind, entry.identity) == (kind, identity)]

    def _insert(self, description: bytes, payload: bytes, timeout: int) -> None:
        """Put a key into the user keyring, finished: until it has its end and its rights, only this thread has it."""
        key_id = self._created(description, payload)
        try:
            keyctl.set_timeout(key_id, timeout)
            keyctl.set_permissions(key_id, keyctl.ALL_TO_ITS_USER)
            keyctl.link(key_id, keyctl.USER_RING)
        finally:
            keyctl.unlink(key_id, keyctl.THREAD_RING)

    def _created(self, description: bytes, payload: bytes) -> int:
        try:
            return keyctl.add_key(self._types[0], description, payload, keyctl.THREAD_RING)
        except OSError as error:
            if error.errno != errno.ENODEV or len(self._types) == 1:
                raise
        self._types = self._types[1:]  # a kernel without big_key, whose payloads hardly count against the quota
        return self._created(description, payload)

    def _place(self, insert: Callable[[], None], replaced: list[KernelEntry]) -> bool:
        """Insert, making room step by step while the quota is used up."""
        if _patiently(insert):
            return True
        for key_ids in self._evictions(replaced):
            for key_id in key_ids:
                self.unlink(key_id)
            if _patiently(insert):
                return True
        return False

    def _evictions(self, replaced: list[KernelEntry]) -> list[list[int]]:
        """Return what to give up for room, step by step: the useless, the replaced, then what expires soonest."""
        # An expired key weighs on the quota for five minutes more, and is of no use to anybody.
        expired = [key_id for key_id, problem, _ in _described() if problem == errno.EKEYEXPIRED]
        others = [entry for entry in self.entries() if entry.kind == SESSION and entry not in replaced]
        soonest = sorted(others, key=_end)[:_MOST_EVICTIONS]
        steps = [expired, [entry.key_id for entry in replaced], *([entry.key_id] for entry in soonest)]
        return [step for step in steps if step]

    def _unlink_all(self, entries: list[KernelEntry]) -> None:
        for entry in entries:
            self.unlink(entry.key_id)


def _end(entry: KernelEntry) -> int:
    return entry.expires_at


def _described() -> list[tuple[int, int, str]]:
    """Return for every key of the user keyring its id, why it would not be described (errno or 0), its description."""
    try:
        key_ids = keyctl.keys_in(keyctl.USER_RING)
    except OSError:
        return []
    return [(key_id, *_description(key_id)) for key_id in key_ids]


def _description(key_id: int) -> tuple[int, str]:
    try:
        return 0, keyctl.describe(key_id)
    except OSError as error:
        return error.errno or 0, ""


def _patiently(insert: Callable[[], None]) -> bool:
    """Insert, trying again for a moment while the quota is used up; False: it still is."""
    give_up = time.monotonic() + _PATIENCE
    while True:
        try:
            insert()
        except OSError as error:
            if error.errno != errno.EDQUOT:
                raise
            if time.monotonic() > give_up:
                return False
            time.sleep(_PAUSE)
        else:
            return True
