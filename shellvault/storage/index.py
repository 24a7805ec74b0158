"""Which key pairs rest in which vault, by name: no keyring can list its entries, and `list` must read no secret.

One line an entry: `BACKEND FINGERPRINT LAST4 NAME`. The first line's backend is the vault that `auto` stays with.
"""

from __future__ import annotations

import os

from shellvault.core.errors import VaultUnavailableError
from shellvault.core.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

_WORDS = 4
_FINGERPRINT = 32  # hex digits; a line without one is none of ours


class IndexEntry(Record):
    """What may be known of a stored key pair without opening the vault."""

    backend: str
    fingerprint: str
    last4: str
    name: str


class Index:
    """The file of entries, read whole and replaced whole."""

    def __init__(self, folder: str) -> None:
        self._path = os.path.join(folder, "index")
        self._entries: tuple[IndexEntry, ...] | None = None

    def entries(self) -> tuple[IndexEntry, ...]:
        """Return all entries, oldest vault first."""
        if self._entries is None:
            self._entries = self._read()
        return self._entries

    def vault(self) -> str | None:
        """Return the backend that holds the first key pair, where there is one."""
        entries = self.entries()
        return entries[0].backend if entries else None

    def put(self, entry: IndexEntry) -> None:
        """Add an entry, or put it in the place of the one with its backend and name."""

        def change(entries: list[IndexEntry]) -> list[IndexEntry]:
            places = [place for place, old in enumerate(entries) if _key(old) == _key(entry)]
            return [*entries[: places[0]], entry, *entries[places[0] + 1 :]] if places else [*entries, entry]

        self._change(change)

    def drop(self, backend: str, name: str) -> None:
        """Take an entry out; one that is not there stays away."""
        self._change(lambda entries: [entry for entry in entries if _key(entry) != (backend, name)])

    def _change(self, change: Callable[[list[IndexEntry]], list[IndexEntry]]) -> None:
        from shellvault.system.atomic_file import replace_file  # writing is rare, and reading is the warm path
        from shellvault.system.file_lock import FileLock

        with FileLock(self._path + ".lock"):
            self._entries = tuple(change(list(self._read())))
            replace_file(self._path, "".join(_line(entry) for entry in self._entries).encode(errors="surrogateescape"))

    def _read(self) -> tuple[IndexEntry, ...]:
        try:
            with open(self._path, encoding="utf-8", errors="surrogateescape") as stream:
                lines = stream.read().split("\n")
        except FileNotFoundError:
            return ()
        except OSError as error:
            raise VaultUnavailableError(f"cannot read {self._path}: {error.strerror}") from error
        words = (line.split(" ", _WORDS - 1) for line in lines)
        return tuple(IndexEntry(*entry) for entry in words if len(entry) == _WORDS and len(entry[1]) == _FINGERPRINT)


def _key(entry: IndexEntry) -> tuple[str, str]:
    return entry.backend, entry.name


def _line(entry: IndexEntry) -> str:
    return f"{entry.backend} {entry.fingerprint} {entry.last4} {entry.name}\n"
