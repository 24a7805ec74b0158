"""Key pairs in a vault, with the index beside it: they disagree only for the moment of a crash."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from shellvault.core.chain.links import StoredKey
from shellvault.core.errors import NoKeyPairError, VaultUnavailableError
from shellvault.core.model import KeyPair
from shellvault.core.record import Secret
from shellvault.storage.index import Index
from shellvault.storage.key_pairs import KeyPairStore
from tests.storage.fakes import FakeBackend, NarrowBackend

if TYPE_CHECKING:
    from pathlib import Path

    from shellvault.storage.backends import Backend

OLD = KeyPair("AKIAIOSFODNN7EXAMPLE", Secret("old/secret+="))
NEW = KeyPair("AKIAI44QH8DHBEXAMPLF", Secret("new/secret+="))


class Desk:
    """A vault, an index, and key pairs over both."""

    def __init__(self, folder: Path, backend: Backend) -> None:
        self.backend = backend
        self.index = Index(str(folder))
        self.keypairs = KeyPairStore(backend.name, lambda: backend, self.index)

    def known(self, name: str = "dev") -> StoredKey:
        """Return a key pair as the index, read anew, knows it."""
        (entry,) = (entry for entry in self.keypairs.entries() if entry.name == name)
        return StoredKey(entry.name, entry.fingerprint)


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    """Return a desk with one key pair."""
    made = Desk(tmp_path, FakeBackend({}))
    made.keypairs.store("dev", OLD)
    return made


def test_a_stored_pair_is_loaded_by_what_the_index_says(desk: Desk) -> None:
    """Whole, its secret hidden."""
    found = desk.keypairs.load(desk.known())
    assert found == OLD
    assert isinstance(found.secret_access_key, Secret)


def test_the_index_knows_the_last_four_characters_and_no_more(desk: Desk, tmp_path: Path) -> None:
    """Nothing of the id beyond them, and nothing of the secret."""
    assert [entry.last4 for entry in desk.keypairs.entries()] == ["MPLE"]
    text = (tmp_path / "index").read_text()
    assert not [part for part in (OLD.access_key_id[:-4], "old/secret") if part in text]


def test_storing_again_replaces(desk: Desk) -> None:
    """In the vault and in the index."""
    desk.keypairs.store("dev", NEW)
    assert desk.keypairs.load(desk.known()) == NEW
    assert len(desk.keypairs.entries()) == 1


def test_removing_takes_it_out_of_both(desk: Desk) -> None:
    """And does no harm twice."""
    for _ in range(2):
        desk.keypairs.remove("dev")
    assert desk.keypairs.entries() == ()
    assert desk.backend.get("key:dev") is None


def test_other_vaults_entries_are_not_this_ones(desk: Desk, tmp_path: Path) -> None:
    """The same name in another vault is another key pair."""
    other = Desk(tmp_path, NarrowBackend({}))
    other.keypairs.store("dev", NEW)
    assert other.keypairs.load(other.known()) == NEW
    again = Desk(tmp_path, desk.backend)
    assert again.keypairs.load(again.known()) == OLD


def test_an_index_behind_the_vault_mends_itself(desk: Desk, tmp_path: Path) -> None:
    """An `add` that died in between: the old chain gets an error, the next command the new key pair."""
    behind = desk.known()
    desk.backend.set("key:dev", f"{NEW.access_key_id}\n{NEW.secret_access_key}")
    with pytest.raises(
        VaultUnavailableError, match="the index was behind the vault for 'dev'; it is mended now"
    ) as raised:
        desk.keypairs.load(behind)
    assert raised.value.hint == "run the same command again"
    again = Desk(tmp_path, desk.backend)
    assert again.keypairs.load(again.known()) == NEW


def test_a_pair_that_is_gone_from_the_vault_is_gone_from_the_index(desk: Desk) -> None:
    """The next command says that there is none, without asking the vault."""
    desk.backend.delete("key:dev")
    with pytest.raises(NoKeyPairError, match="the key pair of 'dev' is gone from the vault") as raised:
        desk.keypairs.load(StoredKey("dev", OLD.fingerprint))
    assert raised.value.hint == "shellvault add dev"
    assert desk.keypairs.entries() == ()


def test_a_vault_that_does_not_answer_loses_nothing(desk: Desk, tmp_path: Path) -> None:
    """Locked is not gone: the index stays as it is."""

    def locked() -> Backend:
        raise VaultUnavailableError("locked")

    with pytest.raises(VaultUnavailableError, match="locked"):
        KeyPairStore("fake", locked, Index(str(tmp_path))).load(desk.known())
    assert Desk(tmp_path, desk.backend).known() == desk.known()


def test_a_damaged_pair_says_how_to_mend_it(desk: Desk) -> None:
    """And shows nothing of what is there."""
    desk.backend.set("key:dev", "garbage without an end")
    with pytest.raises(VaultUnavailableError, match="the key pair of 'dev' is damaged in the vault") as raised:
        desk.keypairs.load(desk.known())
    assert (raised.value.hint, "garbage" in raised.value.message) == ("shellvault add dev", False)


@pytest.mark.parametrize("writes", [0, 1])
def test_a_vault_that_refuses_to_store_leaves_the_index_alone(tmp_path: Path, writes: int) -> None:
    """The vault is written first: what is not in it is not in the index."""
    desk = Desk(tmp_path, NarrowBackend({}, writes))
    names = [f"n{number}" for number in range(writes)]
    for name in names:
        desk.keypairs.store(name, OLD)
    with pytest.raises(VaultUnavailableError):
        desk.keypairs.store("one more", OLD)
    assert [entry.name for entry in desk.keypairs.entries()] == names


def test_a_vault_that_refuses_to_delete_keeps_the_name(tmp_path: Path) -> None:
    """The name goes only when the secret has gone."""
    desk = Desk(tmp_path, NarrowBackend({}, writes=1))
    desk.keypairs.store("dev", OLD)
    with pytest.raises(VaultUnavailableError):
        desk.keypairs.remove("dev")
    assert desk.keypairs.load(desk.known()) == OLD


def test_names_are_listed_without_opening_the_vault(desk: Desk, tmp_path: Path) -> None:
    """`list` works while it is locked."""

    def never() -> Backend:
        raise AssertionError("the vault was opened")

    assert KeyPairStore("fake", never, Index(str(tmp_path))).entries() == desk.keypairs.entries()
