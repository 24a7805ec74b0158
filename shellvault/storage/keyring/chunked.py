"""Secrets in pieces, for a keyring that holds 1,280 characters per entry and ignores the case of names."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

from shellvault.core.errors import VaultUnavailableError
from shellvault.core.record import Secret

if TYPE_CHECKING:
    from shellvault.storage.backends import Backend

PIECE = 600  # characters of at most four bytes in UTF-16; CRED_MAX_CREDENTIAL_BLOB_SIZE is 2,560 bytes
PLAIN = frozenset("abcdefghijklmnopqrstuvwxyz0123456789-_.@/:")
ATTEMPTS = 5


class Chunked:
    """A `Backend` over another one: an entry's head names its pieces, and a piece is never overwritten.

    A writer writes new pieces, then the head, then deletes the old pieces. So a reader finds the old secret or the new
    one, never a mix, and reads the head again if the pieces are gone. A writer that is killed in between leaves the
    old secret or the new one, and pieces that no head names.
    """

    def __init__(self, backend: Backend) -> None:
        self._backend = backend
        self.name = backend.name

    def get(self, entry: str) -> Secret | None:
        """See `Backend`."""
        head = self._read_head(entry)
        for _ in range(ATTEMPTS):
            if head is None:
                return None
            pieces = [self._backend.get(piece) for piece in _name_pieces(entry, head)]
            if None not in pieces:
                return Secret("".join(filter(None, pieces)))
            head = self._read_head(entry)
        raise VaultUnavailableError(f"the {self.name} entry of {entry} is damaged", "store it again: shellvault add")

    def set(self, entry: str, secret: str) -> None:
        """See `Backend`."""
        old = self._read_head(entry)
        texts = [secret[start : start + PIECE] for start in range(0, len(secret), PIECE)]
        head = f"{secrets.token_hex(8)} {len(texts)}"
        for piece, text in zip(_name_pieces(entry, head), texts, strict=True):
            self._backend.set(piece, text)
        self._backend.set(_escape_name(entry), head)
        self._drop(entry, old)

    def delete(self, entry: str) -> None:
        """See `Backend`."""
        old = self._read_head(entry)
        self._backend.delete(_escape_name(entry))
        self._drop(entry, old)

    def _read_head(self, entry: str) -> str | None:
        return self._backend.get(_escape_name(entry))

    def _drop(self, entry: str, head: str | None) -> None:
        for piece in _name_pieces(entry, head) if head else ():
            self._backend.delete(piece)


def _name_pieces(entry: str, head: str) -> list[str]:
    """Return the names of the pieces that a head names; plain names have no `~`, so none of them is a head."""
    token, count = head.split()
    return [f"{_escape_name(entry)}~{token}~{number}" for number in range(int(count))]


def _escape_name(entry: str) -> str:
    """Escape a name so that two names never differ in their case only."""
    return "".join(letter if letter in PLAIN else _escape_letter(letter) for letter in entry)


def _escape_letter(letter: str) -> str:
    return "".join(f"%{byte:02x}" for byte in letter.encode("utf-8", "surrogatepass"))
