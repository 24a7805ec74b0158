"""The sealed file as its users meet it: secrets by name."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from shellvault.core.errors import VaultUnavailableError
from shellvault.core.record import Secret
from tests.storage.sealed_support import Typist, own_kernel, sealed

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from shellvault.storage.kernel_keyring import KernelKeyring

NAMES = ["dev", "a/b c", "quote'\"", "🐚", "", "line\nbreak", "\udc80"]


@pytest.fixture
def kernel() -> Iterator[KernelKeyring]:
    """Give a kernel keyring under a prefix of its own."""
    with own_kernel() as kernel:
        yield kernel


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Give a folder that does not exist yet."""
    return tmp_path / "above" / "vault's folder"


@pytest.mark.parametrize("name", NAMES)
def test_a_secret_comes_back(folder: Path, kernel: KernelKeyring, name: str) -> None:
    """Whatever the name and the secret, another object over the same folder reads it, and does not show it."""
    secret = f"s3cret/+= \0 {name} é" * 50
    sealed(folder, kernel).set(name, secret)
    found = sealed(folder, kernel).get(name)
    assert found == secret
    assert isinstance(found, Secret)
    assert sealed(folder, kernel).names() == [name]


def test_replacing_and_deleting_leave_the_others(folder: Path, kernel: KernelKeyring) -> None:
    """Every entry stands for itself, and deleting tells whether there was anything."""
    vault = sealed(folder, kernel)
    for name in ("a", "b", "c"):
        vault.set(name, f"first {name}")
    vault.set("b", "second b")
    assert vault.delete("a")
    assert not vault.delete("a")
    assert {name: vault.get(name) for name in ("a", "b", "c")} == {"a": None, "b": "second b", "c": "first c"}


def test_an_absent_vault_is_empty_and_asks_nothing(folder: Path, kernel: KernelKeyring) -> None:
    """Looking makes no vault, no folder and no question."""
    typist = Typist()
    vault = sealed(folder, kernel, typist)
    assert (vault.exists(), vault.vault_id(), vault.get("a"), vault.names()) == (False, None, None, [])
    assert not vault.delete("a")
    assert not typist.asked
    assert not folder.exists()


def test_unlocking_an_absent_vault_says_so(folder: Path, kernel: KernelKeyring) -> None:
    """There is nothing to unlock, and the hint says how to begin."""
    with pytest.raises(VaultUnavailableError, match="there is no sealed vault yet") as raised:
        sealed(folder, kernel).unlock()
    assert raised.value.hint.startswith("shellvault add")


def test_a_deleted_secret_is_gone_from_the_backup_too(folder: Path, kernel: KernelKeyring) -> None:
    """Who removes a key pair means it."""
    vault = sealed(folder, kernel)
    vault.set("a", "x")
    vault.set("b", "y")
    vault.delete("a")
    (folder / "vault.old").replace(folder / "vault.sealed")
    assert vault.names() == ["b"]


def test_the_backup_is_the_version_before_the_last_change(folder: Path, kernel: KernelKeyring) -> None:
    """One step back is kept, in a file of its own."""
    vault = sealed(folder, kernel)
    vault.set("a", "first")
    vault.set("a", "second")
    (folder / "vault.old").replace(folder / "vault.sealed")
    assert vault.get("a") == "first"


def test_the_same_secret_is_never_sealed_twice_alike(folder: Path, kernel: KernelKeyring) -> None:
    """Every write has a nonce of its own."""
    vault = sealed(folder, kernel)
    written = set()
    for _ in range(20):
        vault.set("a", "x")
        written.add((folder / "vault.sealed").read_bytes()[137:149])
    assert len(written) == 20
