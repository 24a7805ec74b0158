"""Which key pairs are in which vault: keyrings cannot list their entries, and `list` must not read secrets.

One line per entry: `BACKEND FINGERPRINT LAST4 NAME`. `auto` stays with the backend of the first line.
"""

from __future__ import annotations

import os

from shellvault.core.errors import VaultUnavailableError
from shellvault.core.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

_WORDS = 4
_FINGERPRINT = 32  # hex digits; a line without one is not ours


class IndexEntry(Record):
    """What is known about a stored key pair without opening the vault."""

    backend: str
    fingerprint: str
    last4: str
    name: str


class Index:
    """The file of entries, read and replaced as a whole."""

    def __init__(self, folder: str) -> None:
        self._path = os.path.join(folder, "index")
        self._entries: tuple[IndexEntry, ...] | None = None

    def entries(self) -> tuple[IndexEntry, ...]:
        """Return all entries, oldest vault first."""
        if self._entries is None:
            self._entries = self._read()
        return self._entries

    def put(self, entry: IndexEntry) -> None:
        """Add an entry, or replace the one with the same backend and name."""

        def change(entries: list[IndexEntry]) -> list[IndexEntry]:
            replaced = [entry if _key(old) == _key(entry) else old for old in entries]
            return replaced if entry in replaced else [*replaced, entry]

        self._change(change)

    def drop(self, backend: str, name: str) -> None:
        """Remove an entry; an absent one is no error."""
        self._change(lambda entries: [entry for entry in entries if _key(entry) != (backend, name)])

    def _change(self, change: Callable[[list[IndexEntry]], list[IndexEntry]]) -> None:
        from shellvault.system.atomic_file import replace_file  # writing is rare, and reading is on the warm path
        from shellvault.system.file_lock import FileLock

        with FileLock(self._path + ".lock"):
            self._entries = tuple(change(list(self._read())))
            replace_file(
                self._path, "".join(_format_line(entry) for entry in self._entries).encode(errors="surrogateescape")
            )

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


def _format_line(entry: IndexEntry) -> str:
    return f"{entry.backend} {entry.fingerprint} {entry.last4} {entry.name}\n"
