"""Which key pairs are in which vault: keyrings cannot list their entries, and `list` must not read secrets.

One line per entry, `BACKEND FINGERPRINT LAST4 NAME`, then `end COUNT`, without which the file is damaged. `auto` stays
with the backend of the first line. A copy beside the file is read if the file is lost or damaged.
"""

from __future__ import annotations

import os
import stat

from shellvault.core.errors import VaultUnavailableError
from shellvault.core.record import Record
from shellvault.system.paths import READING_OWN

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

    from shellvault.core.key_age import KeyAge

MISSING, DAMAGED = "missing", "damaged"

_VAULTS = ("vault.sealed", "vault.old")
_WORDS = 4
_FINGERPRINT = 32  # hex digits; a line without one is not ours
_LARGEST = 16 << 20  # bytes


class IndexEntry(Record):
    """What is known about a stored key pair without opening the vault."""

    backend: str
    fingerprint: str
    last4: str
    name: str


class Index:
    """The file of entries, read and replaced as a whole.

    Args:
        folder: its folder.
        notice: tells the user something that is not an error.

    Attributes:
        path: the file.
        problem: `MISSING` or `DAMAGED` once the entries were read from such a file, else empty.
        copy: the copy, beside the file.
        has_copy: whether the copy is intact, so that all entries are known even if the file has a problem.
        has_vault: whether there is a sealed vault, which knows its names; only looked for if there is no copy.
    """

    def __init__(self, folder: str, notice: Callable[[str], None] | None = None) -> None:
        self.path = os.path.join(folder, "index")
        self.problem = ""
        self.has_copy = False
        self.copy = f"{self.path}.old"
        self.has_vault = False
        self._folder = folder
        self._notice = notice
        self._entries: tuple[IndexEntry, ...] | None = None

    def entries(self) -> tuple[IndexEntry, ...]:
        """Return all entries, oldest vault first.

        Raises:
            VaultUnavailableError: the file cannot be read.
        """
        if self._entries is None:
            self._entries, self.problem = self._read(self.path)
            if self.problem:
                self._read_copy()
        return self._entries

    def entries_of(self, backend: str) -> tuple[IndexEntry, ...]:
        """Return the entries of one vault; for the error see `entries`."""
        return tuple(entry for entry in self.entries() if entry.backend == backend)

    def put(self, *entries: IndexEntry) -> None:
        """Add entries; each replaces the one with the same backend and name."""

        def change(old: Sequence[IndexEntry]) -> list[IndexEntry]:
            merged = {_key(entry): entry for entry in old}
            return list((merged | {_key(entry): entry for entry in entries}).values())

        self._change(change, [entry.fingerprint for entry in entries])

    def put_all(self, backend: str, entries: Sequence[IndexEntry]) -> None:
        """Replace all entries of a backend."""

        def change(old: Sequence[IndexEntry]) -> list[IndexEntry]:
            return [*(entry for entry in old if entry.backend != backend), *entries]

        self._change(change, [entry.fingerprint for entry in entries])

    def drop(self, backend: str, name: str) -> None:
        """Remove an entry; an absent one is no error."""
        self._change(lambda entries: [entry for entry in entries if _key(entry) != (backend, name)])

    def ages(self) -> dict[str, KeyAge]:
        """Return the age of each key pair that has one, by fingerprint."""
        from shellvault.storage.key_ages import read_ages  # few commands show ages

        return read_ages(self._folder)

    def learn_ages(self, told: Mapping[str, int]) -> None:
        """Remember when key pairs were created, as AWS told: epoch seconds by fingerprint, also of unlisted ones."""
        from shellvault.storage.key_ages import update_ages
        from shellvault.system.file_lock import FileLock

        try:
            with FileLock(self.path + ".lock", notice=self._notice):
                self._entries = None
                update_ages(self._folder, [entry.fingerprint for entry in self.entries()], told=told)
        except VaultUnavailableError:  # AWS tells it again
            return

    def _change(self, change: Callable[[Sequence[IndexEntry]], list[IndexEntry]], stored: Collection[str] = ()) -> None:
        from shellvault.storage.key_ages import update_ages  # writing is rare, and reading is on the warm path
        from shellvault.system.atomic_file import replace_own
        from shellvault.system.file_lock import FileLock

        with FileLock(self.path + ".lock", notice=self._notice):
            self._entries = None
            entries = change(self.entries())
            self._entries, self.problem = tuple(entries), ""
            text = "".join(map(_format_line, entries)) + f"end {len(entries)}\n"
            for path in (self.copy, self.path):
                replace_own(path, text.encode(errors="surrogateescape"))
            update_ages(self._folder, [entry.fingerprint for entry in entries], stored)

    def _read_copy(self) -> None:
        """Take the entries from the copy, if that is intact; else keep what could be read."""
        entries, problem = self._read(self.copy)
        self.has_copy = not problem
        if self.has_copy:
            self._entries = entries
            return
        self.has_vault = any(os.path.lexists(os.path.join(self._folder, name)) for name in _VAULTS)
        if (self.problem, problem, self.has_vault) == (MISSING, MISSING, False):  # there has never been one
            self.problem = ""

    def _read(self, path: str) -> tuple[tuple[IndexEntry, ...], str]:
        """Return the entries in a file, and what is wrong with it."""
        try:
            with open(path, "rb", 0, opener=lambda file, _: os.open(file, READING_OWN)) as stream:  # text takes longer
                found = os.fstat(stream.fileno())
                content = stream.read() if stat.S_ISREG(found.st_mode) and found.st_size <= _LARGEST else b""
        except FileNotFoundError:
            return (), MISSING
        except OSError as error:
            raise VaultUnavailableError(f"cannot read {path}: {error.strerror}", "move it away") from error
        lines = content.decode("utf-8", "surrogateescape").replace("\r\n", "\n").split("\n")
        words = (line.split(" ", _WORDS - 1) for line in lines[:-1])
        entries = tuple(IndexEntry(*entry) for entry in words if len(entry) == _WORDS and len(entry[1]) == _FINGERPRINT)
        return entries, "" if lines[-2:] == [f"end {len(entries)}", ""] else DAMAGED


def group_by_key(entries: Iterable[IndexEntry]) -> list[list[IndexEntry]]:
    """Group the entries that have the same key pair."""
    groups: dict[str, list[IndexEntry]] = {}
    for entry in entries:
        groups.setdefault(entry.fingerprint, []).append(entry)
    return list(groups.values())


def _key(entry: IndexEntry) -> tuple[str, str]:
    return entry.backend, entry.name


def _format_line(entry: IndexEntry) -> str:
    return f"{entry.backend} {entry.fingerprint} {entry.last4} {entry.name}\n"
