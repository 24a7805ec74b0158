"""The sealed file: secrets by name."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from shellvault.core.errors import VaultUnavailableError
from shellvault.core.record import Secret
from tests.storage.sealed_vaults import Typist, open_sealed_file, stored_names

if TYPE_CHECKING:
    from pathlib import Path

    from shellvault.storage.kernel_keyring import KernelKeyring

NAMES = ["dev", "a/b c", "quote'\"", "🐚", "", "line\nbreak", "\udc80"]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder that does not exist yet."""
    return tmp_path / "above" / "vault's folder"


@pytest.mark.parametrize("name", NAMES)
def test_a_secret_comes_back(folder: Path, kernel: KernelKeyring, name: str) -> None:
    """Whatever its name and characters, another object over the same folder reads it, and it hides itself."""
    secret = f"s3cret/+= \0 {name} é" * 50
    open_sealed_file(folder, kernel).set(name, secret)
    found = open_sealed_file(folder, kernel).get(name)
    assert found == secret
    assert isinstance(found, Secret)
    assert stored_names(open_sealed_file(folder, kernel)) == [name]


def test_replacing_and_deleting_leave_the_others(folder: Path, kernel: KernelKeyring) -> None:
    """Entries are independent, and deleting an absent one changes nothing."""
    vault = open_sealed_file(folder, kernel)
    for name in ("a", "b", "c"):
        vault.set(name, f"first {name}")
    vault.set("b", "second b")
    vault.delete("a")
    written = (folder / "vault.sealed").read_bytes()
    vault.delete("a")
    assert (folder / "vault.sealed").read_bytes() == written
    assert {name: vault.get(name) for name in ("a", "b", "c")} == {"a": None, "b": "second b", "c": "first c"}


def test_an_absent_vault_is_empty_and_asks_for_nothing(folder: Path, kernel: KernelKeyring) -> None:
    """Reading and deleting create no vault and no folder, and ask for no passphrase."""
    typist = Typist()
    vault = open_sealed_file(folder, kernel, typist)
    assert (vault.exists(), vault.vault_id(), vault.get("a"), stored_names(vault)) == (False, None, None, [])
    vault.delete("a")
    assert not typist.asked
    assert not folder.exists()


def test_unlocking_an_absent_vault_is_an_error(folder: Path, kernel: KernelKeyring) -> None:
    """Its hint says how to start."""
    with pytest.raises(VaultUnavailableError, match="there is no sealed vault yet") as raised:
        open_sealed_file(folder, kernel).unlock()
    assert raised.value.hint.startswith("shellvault add")


def test_a_deleted_secret_is_gone_from_the_backup(folder: Path, kernel: KernelKeyring) -> None:
    """Removing a key pair removes it everywhere."""
    vault = open_sealed_file(folder, kernel)
    vault.set("a", "x")
    vault.set("b", "y")
    vault.delete("a")
    (folder / "vault.old").replace(folder / "vault.sealed")
    assert stored_names(vault) == ["b"]


def test_the_backup_is_the_version_before_the_last_change(folder: Path, kernel: KernelKeyring) -> None:
    """In a file of its own."""
    vault = open_sealed_file(folder, kernel)
    vault.set("a", "first")
    vault.set("a", "second")
    (folder / "vault.old").replace(folder / "vault.sealed")
    assert vault.get("a") == "first"


def test_the_same_secret_is_never_sealed_with_the_same_nonce(folder: Path, kernel: KernelKeyring) -> None:
    """Every write has one of its own."""
    vault = open_sealed_file(folder, kernel)
    written = set()
    for _ in range(20):
        vault.set("a", "x")
        written.add((folder / "vault.sealed").read_bytes()[137:149])
    assert len(written) == 20
