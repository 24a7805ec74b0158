"""Key pairs in the vault, and their names in the index."""

from __future__ import annotations

from shellvault.core.errors import NoKeyPairError, VaultUnavailableError
from shellvault.core.model import KeyPair
from shellvault.core.record import Secret
from shellvault.core.text import quote_word
from shellvault.storage.index import IndexEntry, group_by_key

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from shellvault.core.chain.links import StoredKey
    from shellvault.core.key_age import KeyAge
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
        return self._index.entries_of(self._name)

    def names_of(self, *pairs: KeyPair) -> tuple[str, ...]:
        """Return the names under which these key pairs are in the index."""
        fingerprints = [pair.fingerprint for pair in pairs]
        return tuple(entry.name for entry in self.entries() if entry.fingerprint in fingerprints)

    def ages(self) -> list[tuple[list[str], KeyAge]]:
        """Return the key pairs whose age is known, the oldest first: the names of each, and its age."""
        ages = self._index.ages()
        groups = [group for group in group_by_key(self.entries()) if group[0].fingerprint in ages]
        found = [([entry.name for entry in group], ages[group[0].fingerprint]) for group in groups]
        return sorted(found, key=lambda each: each[1].since)

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
        """Store or replace a key pair, in the vault first, then in the index.

        Raises:
            VaultUnavailableError: it could not be stored; or it is in the vault, as the message says, but not listed.
        """
        self._open().set(_entry(name), f"{pair.access_key_id}\n{pair.secret_access_key}")
        done = f"the key pair of '{name}' is in the vault, but could not be listed"
        _change_index(done, lambda: self._index.put(self._index_entry(name, pair)))

    def replace(self, old: KeyPair, new: KeyPair) -> tuple[str, ...]:
        """Replace a key pair under each name that has it, and return the names."""
        names = tuple(name for name in self.names_of(old) if self.current(name) == old)
        for name in names:
            self.store(name, new)
        return names

    def remove(self, name: str) -> None:
        """Remove a key pair, from the vault first, so that a crash in between leaves a name and no secret."""
        self._open().delete(_entry(name))
        done = f"the key pair of '{name}' is deleted, but its name is still listed"
        _change_index(done, lambda: self._index.drop(self._name, name))

    def list_again(self, secrets: Mapping[str, str]) -> int:
        """Make the lost index list exactly the key pairs among this vault's secrets; return how many there are."""
        names = [entry.removeprefix(_entry("")) for entry in secrets if entry.startswith(_entry(""))]
        self._index.put_all(
            self._name, [self._index_entry(name, _parse(secrets[_entry(name)], name)) for name in names]
        )
        return len(names)

    def _read(self, name: str) -> KeyPair:
        text = self._open().get(_entry(name))
        if text is None:  # deleted, or only out of sight: another collection or another database may be open
            word = quote_word(name)
            raise NoKeyPairError(
                f"the {self._name} vault does not show the key pair of '{name}'",
                f"open the collection or database that has it; or store it again: shellvault add {word}; "
                f"shellvault remove {word} drops the name",
            )
        return _parse(text, name)

    def _index_entry(self, name: str, pair: KeyPair) -> IndexEntry:
        return IndexEntry(self._name, pair.fingerprint, pair.access_key_id[-4:], name)


def _change_index(done: str, change: Callable[[], object]) -> None:
    """Change the index; an error says what was `done` before, and that the same command does the rest."""
    try:
        change()
    except VaultUnavailableError as error:
        hint = error.hint if "again" in error.hint else f"{error.hint}; then run the same command again"
        raise type(error)(f"{done}: {error.message}", hint) from error


def _entry(name: str) -> str:
    return f"key:{name}"


def _parse(text: str, name: str) -> KeyPair:
    key_id, newline, secret = text.partition("\n")
    if not newline:
        raise VaultUnavailableError(
            f"the key pair of '{name}' is damaged in the vault", f"shellvault add {quote_word(name)}"
        )
    return KeyPair(key_id, Secret(secret))
