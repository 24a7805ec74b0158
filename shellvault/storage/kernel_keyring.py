"""Entries in the memory of the Linux kernel, each found by its name in one step; no files, no daemon.

An entry is two keys in the user keyring, where every session of the same user finds them and no other user can. The
key `<prefix><kind>:<identity>` holds the payload; `<prefix>note:<kind>:<identity>` holds what may be listed without
reading it, after a line with the epoch seconds at which the entry's content and its two keys expire. Names never
change, so that a newer key replaces the older one in a single step.
"""

from __future__ import annotations

import errno
import time

from shellvault.core.errors import VaultUnavailableError
from shellvault.storage import keyctl

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from shellvault.core.secret_memory import SecretMemory, StoreEntry

SESSION = "session"
"""The one kind of entry that may be evicted to make room: a session can be obtained again."""

NOTE = "note:"
"""What the kind of a note key starts with."""

FULL = (
    "the kernel keyring is full, so your oldest sessions are dropped, and obtained again when needed; "
    "for more room, raise kernel.keys.maxbytes with sysctl"
)

_TOLD = "told"  # the kind of the key that marks that the user was told about a full keyring
_TOLD_FOR = 12 * 3600  # seconds
_ATTEMPTS = 50  # readings, while writers keep replacing the keys that are being read


class KernelKeyring:
    """The entries whose keys start with one prefix: see `SecretMemory`. Nothing raises if the kernel refuses.

    The prefix is `shellvault-`, a name and a colon. `notice` tells the user something that is not an error.
    """

    name = "the kernel keyring"

    def __init__(self, prefix: str, notice: Callable[[str], None] | None = None) -> None:
        self.prefix = prefix
        self._notice = notice

    def is_available(self) -> bool:
        """Return whether the kernel answers: many containers forbid these calls."""
        try:
            keyctl.search(b"user", self.prefix.encode())
        except OSError:
            return False
        return True

    def find(self, kind: str, identity: str) -> bytes | None:
        """Return an entry's payload."""
        name = f"{self.prefix}{kind}:{identity}".encode()
        for _ in range(_ATTEMPTS):
            try:
                if key_id := keyctl.search(b"big_key", name):
                    return keyctl.read(key_id)
                key_id = keyctl.search(b"user", name)
                payload = keyctl.read(key_id) if key_id else None
                break
            except OSError as error:
                if error.errno not in keyctl.GONE:
                    return None
        else:
            return None  # each time, it was replaced between the two calls
        if payload and payload.startswith(keyctl.PACKED):
            from zlib import decompress  # where the kernel has no `big_key`, and not much room

            return decompress(payload[1:])
        return payload and payload[1:]

    def entries(self, kind: str) -> list[StoreEntry]:
        """Return the notes of all entries of a kind; no payload is read."""
        start = f"{self.prefix}{NOTE}{kind}:"
        names = [name for name in self._list_names() if name.startswith(start)]
        entries = (self.find_note(kind, name.removeprefix(start)) for name in names)
        return [entry for entry in entries if entry]

    def find_note(self, kind: str, identity: str) -> StoreEntry | None:
        """Return an entry's note; no payload is read."""
        from shellvault.core.secret_memory import StoreEntry

        expires_at, _kept_until, note = self._read_note(kind, identity)
        return StoreEntry(identity, int(expires_at), note) if expires_at.isdecimal() else None

    def _read_note(self, kind: str, identity: str) -> tuple[str, str, str]:
        """Return both times in a note key, and the note itself; all are empty if there is no such key."""
        times, _, note = (self.find(NOTE + kind, identity) or b"").decode("utf-8", "replace").partition("\n")
        expires_at, _, kept_until = times.partition(" ")
        return expires_at, kept_until, note

    def add(self, kind: str, identity: str, payload: bytes, *, expires_at: int, timeout: int, note: str = "") -> bool:
        """Keep a payload for `timeout` seconds, replacing the one with this kind and identity.

        Return False if the kernel refuses; the old entry is then still there. A reader always finds the old entry or
        the new one, with one exception: when the quota is used up the old one is removed first, so that no other has
        to be.
        """
        if timeout <= 0:  # to the kernel, 0 means for ever
            return False
        from shellvault.storage.key_writer import KeyWriter  # writing is rare, and reading is the warm path

        writer = KeyWriter(self, kind, identity, timeout, SESSION)
        if not writer.write_entry(payload, _format_note(expires_at, timeout, note)):
            return False
        if writer.evicted and self._notice and not self.find(_TOLD, SESSION):
            writer.insert_small(f"{self.prefix}{_TOLD}:{SESSION}".encode(), _TOLD_FOR)
            self._notice(FULL)
        return True

    def touch(self, kind: str, identity: str, timeout: int) -> bool:
        """Keep an entry for `timeout` seconds from now; False: it is gone."""
        timeout = max(1, timeout)  # to the kernel, 0 means for ever
        try:
            note, payload = (self._find_key(each, identity) for each in (NOTE + kind, kind))
            for key_id in (note, payload):
                keyctl.set_timeout(key_id, timeout)
        except OSError:
            return False
        from shellvault.storage.key_writer import rewrite

        rewrite(note, lambda text: _replace_end(text, timeout), timeout)
        return True

    def remove(self, kind: str, identity: str) -> None:
        """Remove an entry; an absent one is no error."""
        for each in (kind, NOTE + kind):
            self.unlink(each, identity)

    def clear(self) -> None:
        """Remove every entry."""
        for name in self._list_names():
            kind, _, identity = name.removeprefix(self.prefix).rpartition(":")
            self.unlink(kind, identity)

    def unlink(self, kind: str, identity: str) -> bool:
        """Remove a single key, without its note; False: there was none."""
        try:
            keyctl.unlink(self._find_key(kind, identity), keyctl.USER_RING)
        except OSError:
            return False
        return True

    def seconds_left(self, kind: str, identity: str) -> int | None:
        """Return how long the kernel will keep an entry, as its note says: no system call reports it."""
        _, kept_until, _ = self._read_note(kind, identity)
        return max(0, int(kept_until) - int(time.time())) if kept_until.isdecimal() else None

    def _find_key(self, kind: str, identity: str) -> int:
        name = f"{self.prefix}{kind}:{identity}".encode()
        key_id = keyctl.search(b"big_key", name) or keyctl.search(b"user", name)
        if key_id is None:
            raise OSError(errno.ENOKEY, "no such key")
        return key_id

    def siblings(self, kind: str) -> list[KernelKeyring]:
        """Return the keyrings of all homes of this user that have entries of a kind."""
        start, mark = self.prefix.partition("-")[0], f":{NOTE}{kind}:"
        prefixes = {name.partition(":")[0] for name in self._list_names(f"{start}-") if mark in name}
        return [KernelKeyring(f"{prefix}:") for prefix in sorted(prefixes)]

    def _list_names(self, start: str = "") -> list[str]:
        """Return the description of each key that begins with `start`, by default our prefix."""
        for _ in range(_ATTEMPTS):
            keys = keyctl.describe_keys()
            if all(problem != errno.ENOKEY for _, problem, _ in keys):
                break  # otherwise a key was replaced in the meantime, and its replacement may be missing here
        return [name for _, _, name in keys if name.startswith(start or self.prefix)]


def _replace_end(note: str, timeout: int) -> bytes | None:
    """Return a note key's content with a new expiry; None if the content is not a note."""
    times, _, text = note.partition("\n")
    expires_at = times.partition(" ")[0]
    return _format_note(expires_at, timeout, text) if expires_at.isdecimal() else None


def _format_note(expires_at: int | str, timeout: int, note: str) -> bytes:
    return f"{expires_at} {int(time.time()) + timeout}\n{note}".encode("ascii", "replace")


class MemoryStore:
    """The entries of one kind in the kernel keyring, or in another memory with its contract: see `Store`."""

    def __init__(self, memory: SecretMemory, kind: str) -> None:
        self._memory = memory
        self._kind = kind

    def get(self, identity: str) -> str | None:
        """See `Store`."""
        payload = self._memory.find(self._kind, identity)
        return None if payload is None else payload.decode("utf-8", "replace")

    def put(self, identity: str, text: str, *, expires_at: int, note: str = "") -> None:
        """See `Store`."""
        timeout = int(expires_at - time.time())
        added = self._memory.add(self._kind, identity, text.encode(), expires_at=expires_at, timeout=timeout, note=note)
        if not added:
            raise VaultUnavailableError(f"{self._memory.name} is full or unavailable")

    def remove(self, identity: str) -> None:
        """See `Store`."""
        self._memory.remove(self._kind, identity)

    def entries(self) -> Sequence[StoreEntry]:
        """See `Store`."""
        return self._memory.entries(self._kind)
