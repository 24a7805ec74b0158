"""Key pairs in the vault, and their names in the index."""

from __future__ import annotations

from shellvault.core.errors import NoKeyPairError, VaultUnavailableError
from shellvault.core.model import KeyPair
from shellvault.core.record import Secret
from shellvault.core.text import quote_word
from shellvault.storage.index import IndexEntry

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from shellvault.core.chain.links import StoredKey
    from shellvault.storage.backends import Backend
    from shellvault.storage.index import Index


class KeyPairStore:
    """Stores, loads and removes key pairs.

    Args:
        name: the backend in use.
        open_backend: opens it; called only when a secret is read or written.
        index: the names of the key pairs.
    """

    def __init__(self, name: str, open_backend: Callable[[], Backend], index: Index) -> None:
        self._name = name
        self._open = open_backend
        self._index = index

    def entries(self) -> tuple[IndexEntry, ...]:
        """Return the index entries of this vault."""
        return tuple(entry for entry in self._index.entries() if entry.backend == self._name)

    def load(self, key: StoredKey) -> KeyPair:
        """Return a key pair.

        Raises:
            NoKeyPairError: it is not in the vault.
            VaultUnavailableError: the vault cannot be read, or holds another key pair than the index says.
        """
        pair = self._read(key.name)
        if pair.fingerprint != key.fingerprint:  # an `add` died between the vault and the index
            self._index.put(self._index_entry(key.name, pair))
            raise VaultUnavailableError(
                f"the index was out of date for '{key.name}' and has been repaired", "run the same command again"
            )
        return pair

    def current(self, name: str) -> KeyPair:
        """Return the key pair in the vault, whatever the index says, and update the index.

        Raises:
            NoKeyPairError: there is none.
        """
        pair = self._read(name)
        if self._index_entry(name, pair) not in self.entries():
            self._index.put(self._index_entry(name, pair))
        return pair

    def store(self, name: str, pair: KeyPair) -> None:
        """Store or replace a key pair, in the vault first, then in the index."""
        self._open().set(_entry(name), f"{pair.access_key_id}\n{pair.secret_access_key}")
        self._index.put(self._index_entry(name, pair))

    def remove(self, name: str) -> None:
        """Remove a key pair, from the vault first, so that a crash in between leaves a name and no secret."""
        self._open().delete(_entry(name))
        self._index.drop(self._name, name)

    def _read(self, name: str) -> KeyPair:
        text = self._open().get(_entry(name))
        if text is None:
            self._index.drop(self._name, name)
            raise NoKeyPairError(
                f"the key pair of '{name}' is gone from the vault", f"shellvault add {quote_word(name)}"
            )
        return _parse(text, name)

    def _index_entry(self, name: str, pair: KeyPair) -> IndexEntry:
        return IndexEntry(self._name, pair.fingerprint, pair.access_key_id[-4:], name)


def _entry(name: str) -> str:
    return f"key:{name}"


def _parse(text: str, name: str) -> KeyPair:
    key_id, newline, secret = text.partition("\n")
    if not newline:
        raise VaultUnavailableError(
            f"the key pair of '{name}' is damaged in the vault", f"shellvault add {quote_word(name)}"
        )
    return KeyPair(key_id, Secret(secret))
