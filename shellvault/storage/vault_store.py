"""Entries in the vault itself, for systems without a kernel keyring, with a listing of them in a file beside it."""

from __future__ import annotations

import os
from contextlib import contextmanager

from shellvault.core.errors import VaultUnavailableError
from shellvault.core.secret_memory import StoreEntry
from shellvault.system.atomic_file import read_bytes, replace_own
from shellvault.system.file_lock import FileLock

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from shellvault.storage.backends import Backend


class VaultStore:
    """The entries of one kind in a vault: see `Store`. The listing holds no secret.

    Args:
        open_backend: opens the vault; called only when a secret is read, written or removed.
        folder: the folder of the listing.
        kind: the kind of the entries; it names the listing.
        clock: epoch seconds.
        notice: tells the user something that is not an error.
    """

    def __init__(
        self,
        open_backend: Callable[[], Backend],
        folder: str,
        kind: str,
        clock: Callable[[], float],
        notice: Callable[[str], None] | None = None,
    ) -> None:
        self._open = open_backend
        self._path = os.path.join(folder, f"{kind}s")
        self._kind = kind
        self._clock = clock
        self._notice = notice

    def get(self, identity: str) -> str | None:
        """See `Store`."""
        if all(entry.identity != identity for entry in self.entries()):
            return None
        return self._open().get(self._name(identity))

    def put(self, identity: str, text: str, *, expires_at: int, note: str = "") -> None:
        """See `Store`. Also removes what has expired."""
        # The listing comes first: an unlisted entry would never be removed, but a listing of nothing expires.
        with self._changed_listing() as entries:
            entries.pop(identity, None)
            entries[identity] = StoreEntry(identity, expires_at, note)
        self._open().set(self._name(identity), text)

    def remove(self, identity: str) -> None:
        """See `Store`."""
        self._open().delete(self._name(identity))
        with self._changed_listing() as entries:
            entries.pop(identity, None)

    def entries(self) -> list[StoreEntry]:
        """See `Store`."""
        return [entry for entry in self._read_listing() if entry.expires_at > self._clock()]

    @contextmanager
    def _changed_listing(self) -> Iterator[dict[str, StoreEntry]]:
        """Give the listing to be changed, by identity, and write it; entries that have expired leave the vault too."""
        with FileLock(self._path + ".lock", notice=self._notice):
            for entry in self._read_listing():
                if entry.expires_at <= self._clock():
                    self._open().delete(self._name(entry.identity))
            entries = {entry.identity: entry for entry in self.entries()}
            yield entries
            replace_own(self._path, "".join(map(_format_line, entries.values())).encode("ascii"))

    def _read_listing(self) -> list[StoreEntry]:
        try:
            lines = read_bytes(self._path, follow=False).decode("ascii", "replace").split("\n")
        except FileNotFoundError:
            return []
        except OSError as error:
            raise VaultUnavailableError(f"cannot read {self._path}: {error.strerror}", "remove it") from error
        return [entry for line in lines if (entry := _parse_line(line))]

    def _name(self, identity: str) -> str:
        return f"{self._kind}:{identity}"


def _format_line(entry: StoreEntry) -> str:
    return f"{entry.identity}\t{entry.expires_at}\t{entry.note}\n"


def _parse_line(line: str) -> StoreEntry | None:
    identity, _, rest = line.partition("\t")
    expires_at, tab, note = rest.partition("\t")
    return StoreEntry(identity, int(expires_at), note) if tab and expires_at.isdecimal() else None
