"""Key pairs in a vault and their names in the index, which disagree only after a crash."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from shellvault.core.chain.links import StoredKey
from shellvault.core.errors import NoKeyPairError, VaultUnavailableError
from shellvault.core.model import KeyPair
from shellvault.core.record import Secret
from shellvault.storage.index import Index
from shellvault.storage.key_pairs import KeyPairStore
from tests.storage.fake_backends import FakeBackend, NarrowBackend

if TYPE_CHECKING:
    from pathlib import Path

    from shellvault.storage.backends import Backend

OLD = KeyPair("AKIAIOSFODNN7EXAMPLE", Secret("old/secret+="))
NEW = KeyPair("AKIAI44QH8DHBEXAMPLF", Secret("new/secret+="))


class VaultWithIndex:
    """A vault, an index, and key pairs in both."""

    def __init__(self, folder: Path, backend: Backend) -> None:
        self.backend = backend
        self.index = Index(str(folder))
        self.key_pairs = KeyPairStore(backend.name, lambda: backend, self.index)

    def stored_key(self, name: str = "dev") -> StoredKey:
        """Return a key pair as the index has it."""
        (entry,) = (entry for entry in self.key_pairs.entries() if entry.name == name)
        return StoredKey(entry.name, entry.fingerprint)


@pytest.fixture
def vault(tmp_path: Path) -> VaultWithIndex:
    """Return a vault with one key pair."""
    made = VaultWithIndex(tmp_path, FakeBackend({}))
    made.key_pairs.store("dev", OLD)
    return made


def test_a_stored_key_pair_comes_back(vault: VaultWithIndex) -> None:
    """Complete, with a secret that hides itself."""
    found = vault.key_pairs.load(vault.stored_key())
    assert found == OLD
    assert isinstance(found.secret_access_key, Secret)


def test_the_index_holds_the_last_four_characters_and_no_more(vault: VaultWithIndex, tmp_path: Path) -> None:
    """No more of the id, and nothing of the secret."""
    assert [entry.last4 for entry in vault.key_pairs.entries()] == ["MPLE"]
    text = (tmp_path / "index").read_text()
    assert not [part for part in (OLD.access_key_id[:-4], "old/secret") if part in text]


def test_storing_again_replaces(vault: VaultWithIndex) -> None:
    """In the vault and in the index."""
    vault.key_pairs.store("dev", NEW)
    assert vault.key_pairs.load(vault.stored_key()) == NEW
    assert len(vault.key_pairs.entries()) == 1


def test_removing_deletes_it_from_both(vault: VaultWithIndex) -> None:
    """And removing twice is fine."""
    for _ in range(2):
        vault.key_pairs.remove("dev")
    assert vault.key_pairs.entries() == ()
    assert vault.backend.get("key:dev") is None


def test_vaults_have_entries_of_their_own(vault: VaultWithIndex, tmp_path: Path) -> None:
    """The same name in another vault is another key pair."""
    other = VaultWithIndex(tmp_path, NarrowBackend({}))
    other.key_pairs.store("dev", NEW)
    assert other.key_pairs.load(other.stored_key()) == NEW
    again = VaultWithIndex(tmp_path, vault.backend)
    assert again.key_pairs.load(again.stored_key()) == OLD


def test_an_outdated_index_is_repaired(vault: VaultWithIndex, tmp_path: Path) -> None:
    """After an `add` that was killed: the old chain gets an error, the next command the new key pair."""
    outdated = vault.stored_key()
    vault.backend.set("key:dev", f"{NEW.access_key_id}\n{NEW.secret_access_key}")
    with pytest.raises(
        VaultUnavailableError, match="the index was out of date for 'dev' and has been repaired"
    ) as raised:
        vault.key_pairs.load(outdated)
    assert raised.value.hint == "run the same command again"
    again = VaultWithIndex(tmp_path, vault.backend)
    assert again.key_pairs.load(again.stored_key()) == NEW


def test_a_key_pair_missing_from_the_vault_keeps_its_name(vault: VaultWithIndex, tmp_path: Path) -> None:
    """It may be in a collection or database that is closed right now. Only `remove` drops the name."""
    vault.backend.delete("key:dev")
    before = (tmp_path / "index").read_bytes()
    for _ in range(2):
        with pytest.raises(NoKeyPairError, match="the fake vault does not show the key pair of 'dev'") as raised:
            vault.key_pairs.load(StoredKey("dev", OLD.fingerprint))
    assert "shellvault add dev; shellvault remove dev drops the name" in raised.value.hint
    assert (tmp_path / "index").read_bytes() == before
    vault.backend.set("key:dev", f"{OLD.access_key_id}\n{OLD.secret_access_key}")
    assert vault.key_pairs.load(vault.stored_key()) == OLD
    vault.key_pairs.remove("dev")
    assert vault.key_pairs.entries() == ()


def test_a_locked_vault_loses_nothing(vault: VaultWithIndex, tmp_path: Path) -> None:
    """The index stays as it is."""

    def locked() -> Backend:
        raise VaultUnavailableError("locked")

    with pytest.raises(VaultUnavailableError, match="locked"):
        KeyPairStore("fake", locked, Index(str(tmp_path))).load(vault.stored_key())
    assert VaultWithIndex(tmp_path, vault.backend).stored_key() == vault.stored_key()


def test_a_damaged_key_pair_is_an_error_that_says_how_to_replace_it(vault: VaultWithIndex) -> None:
    """And shows nothing of what was read."""
    vault.backend.set("key:dev", "garbage without an end")
    with pytest.raises(VaultUnavailableError, match="the key pair of 'dev' is damaged in the vault") as raised:
        vault.key_pairs.load(vault.stored_key())
    assert (raised.value.hint, "garbage" in raised.value.message) == ("shellvault add dev", False)


@pytest.mark.parametrize("writes", [0, 1])
def test_a_vault_that_refuses_to_store_leaves_the_index_unchanged(tmp_path: Path, writes: int) -> None:
    """The vault is written first, so what is not in it is not in the index."""
    vault = VaultWithIndex(tmp_path, NarrowBackend({}, writes))
    names = [f"n{number}" for number in range(writes)]
    for name in names:
        vault.key_pairs.store(name, OLD)
    with pytest.raises(VaultUnavailableError):
        vault.key_pairs.store("one more", OLD)
    assert [entry.name for entry in vault.key_pairs.entries()] == names


def test_a_vault_that_refuses_to_delete_keeps_the_name(tmp_path: Path) -> None:
    """The name is removed only after the secret."""
    vault = VaultWithIndex(tmp_path, NarrowBackend({}, writes=1))
    vault.key_pairs.store("dev", OLD)
    with pytest.raises(VaultUnavailableError):
        vault.key_pairs.remove("dev")
    assert vault.key_pairs.load(vault.stored_key()) == OLD


def test_names_are_listed_without_opening_the_vault(vault: VaultWithIndex, tmp_path: Path) -> None:
    """So `list` works while it is locked."""

    def never() -> Backend:
        raise AssertionError("the vault was opened")

    assert KeyPairStore("fake", never, Index(str(tmp_path))).entries() == vault.key_pairs.entries()
