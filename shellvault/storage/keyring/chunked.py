"""Secrets in pieces, for a keyring that holds 1,280 characters an entry and takes no notice of case in names."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

from shellvault.core.errors import VaultUnavailableError
from shellvault.core.record import Secret

if TYPE_CHECKING:
    from shellvault.storage.backends import Backend

PIECE = 600  # characters of at most four bytes in UTF-16; CRED_MAX_CREDENTIAL_BLOB_SIZE is 2,560 bytes
PLAIN = frozenset("abcdefghijklmnopqrstuvwxyz0123456789-_.@/:")
TRIES = 5


class Chunked:
    """A backend over another one: an entry's head says where its pieces are, and pieces are never written twice.

    A writer writes new pieces, then the head, then removes the old pieces; so a reader finds the old secret or the new
    one, never a mix, and looks again where the pieces of an old head are gone. A writer that is killed in between
    leaves the old secret, and pieces that nothing refers to.
    """

    def __init__(self, backend: Backend) -> None:
        self._backend = backend
        self.name = backend.name

    def get(self, entry: str) -> Secret | None:
        """See `Backend`."""
        head = self._head(entry)
        for _ in range(TRIES):
            if head is None:
                return None
            pieces = [self._backend.get(piece) for piece in _pieces(entry, head)]
            if None not in pieces:
                return Secret("".join(filter(None, pieces)))
            head = self._head(entry)
        raise VaultUnavailableError(f"the {self.name} entry of {entry} is damaged", "store it again: shellvault add")

    def set(self, entry: str, secret: str) -> None:
        """See `Backend`."""
        old = self._head(entry)
        texts = [secret[start : start + PIECE] for start in range(0, len(secret), PIECE)]
        head = f"{secrets.token_hex(8)} {len(texts)}"
        for piece, text in zip(_pieces(entry, head), texts, strict=True):
            self._backend.set(piece, text)
        self._backend.set(_plain(entry), head)
        self._drop(entry, old)

    def delete(self, entry: str) -> None:
        """See `Backend`."""
        old = self._head(entry)
        self._backend.delete(_plain(entry))
        self._drop(entry, old)

    def _head(self, entry: str) -> str | None:
        return self._backend.get(_plain(entry))

    def _drop(self, entry: str, head: str | None) -> None:
        for piece in _pieces(entry, head) if head else ():
            self._backend.delete(piece)


def _pieces(entry: str, head: str) -> list[str]:
    """Return the names of the pieces that a head speaks of; no plain name has a `~`, so none is another head."""
    token, count = head.split()
    return [f"{_plain(entry)}~{token}~{number}" for number in range(int(count))]


def _plain(entry: str) -> str:
    """Spell a name so that two names differ in more than their case."""
    return "".join(letter if letter in PLAIN else _escape(letter) for letter in entry)


def _escape(letter: str) -> str:
    return "".join(f"%{byte:02x}" for byte in letter.encode("utf-8", "surrogatepass"))
