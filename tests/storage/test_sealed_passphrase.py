"""The sealed file's passphrase: when it is asked for, what it opens, and how it is changed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from shellvault.core.errors import PersonNeededError
from shellvault.storage.sealed.sealed_file import SealedFile
from shellvault.storage.sealed.unlocked_key_cache import UnlockedKeyCache
from tests.storage.sealed_support import PASSPHRASE, QUICK, Typist, forbid_keyrings, in_child, own_kernel, sealed

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from shellvault.storage.kernel_keyring import KernelKeyring


@pytest.fixture
def kernel() -> Iterator[KernelKeyring]:
    """Give a kernel keyring under a prefix of its own."""
    with own_kernel() as kernel:
        yield kernel


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Give a folder that does not exist yet."""
    return tmp_path / "above" / "vault's folder"


def lock(kernel: KernelKeyring) -> None:
    """Lock every vault of this test."""
    UnlockedKeyCache(kernel).forget()


def test_the_first_secret_makes_the_vault_under_a_new_passphrase(folder: Path, kernel: KernelKeyring) -> None:
    """The person chooses once, and is not asked again while the vault is unlocked."""
    typist = Typist()
    sealed(folder, kernel, typist).set("a", "x")
    assert sealed(folder, kernel, typist).get("a") == "x"
    assert typist.asked == ["new"]


def test_a_locked_vault_asks_once_and_stays_unlocked_for_the_next_process(folder: Path, kernel: KernelKeyring) -> None:
    """The passphrase is asked by whoever comes first; locking makes the next one ask again."""
    sealed(folder, kernel).set("a", "x")
    for _ in range(2):
        lock(kernel)
        typist = Typist()
        assert [sealed(folder, kernel, typist).get("a") for _ in range(3)] == ["x"] * 3
        assert typist.asked == ["present"]


def test_locking_reaches_a_process_that_has_the_vault_open(folder: Path, kernel: KernelKeyring) -> None:
    """What one process locks, another one that runs on does not keep open."""
    typist = Typist()
    vault = sealed(folder, kernel, typist)
    vault.set("a", "x")
    in_child(lambda: lock(kernel))
    vault.get("a")
    assert typist.asked == ["new", "present"]


def test_unlocking_asks_ahead_of_need(folder: Path, kernel: KernelKeyring) -> None:
    """After it nothing is asked, and unlocking twice asks once."""
    sealed(folder, kernel).set("a", "x")
    lock(kernel)
    typist = Typist()
    sealed(folder, kernel, typist).unlock()
    sealed(folder, kernel, typist).unlock()
    sealed(folder, kernel, typist).set("b", "y")
    assert typist.asked == ["present"]
    assert UnlockedKeyCache(kernel).until(sealed(folder, kernel).vault_id() or "")


def test_without_a_kernel_keyring_a_process_asks_at_most_once(folder: Path, kernel: KernelKeyring) -> None:
    """In a container the data key lives as long as the process."""
    sealed(folder, kernel).set("a", "x")

    def child() -> list[str]:
        forbid_keyrings()
        typist = Typist()
        vault = sealed(folder, kernel, typist)
        vault.set("b", "y")
        assert vault.names() == ["a", "b"]
        assert vault.get("b") == "y"
        return typist.asked

    assert in_child(child) == ["present"]


def test_a_wrong_passphrase_opens_nothing_and_is_not_kept(folder: Path, kernel: KernelKeyring) -> None:
    """It is a person's mistake (status 6), and leaves the vault locked."""
    sealed(folder, kernel).set("a", "x")
    lock(kernel)
    with pytest.raises(PersonNeededError, match="the passphrase is wrong") as raised:
        sealed(folder, kernel, Typist(PASSPHRASE + " ")).get("a")
    assert (raised.value.status, raised.value.hint) == (6, "try again: shellvault unlock")
    assert kernel.entries() == []
    assert sealed(folder, kernel).get("a") == "x"


def test_a_passphrase_is_the_same_however_its_accents_are_typed(folder: Path, kernel: KernelKeyring) -> None:
    """One system types é as one character, another as two."""
    sealed(folder, kernel, Typist("caf\u00e9")).set("a", "x")
    lock(kernel)
    assert sealed(folder, kernel, Typist("cafe\u0301")).get("a") == "x"


def test_an_empty_passphrase_is_refused(folder: Path, kernel: KernelKeyring) -> None:
    """No vault is made under one."""
    with pytest.raises(PersonNeededError, match="the passphrase is empty"):
        sealed(folder, kernel, Typist("")).set("a", "x")
    assert not sealed(folder, kernel).exists()


def test_the_passphrase_is_stretched_at_full_cost_unless_told_otherwise(folder: Path, kernel: KernelKeyring) -> None:
    """The file says N = 2^17, r = 8, p = 1."""
    SealedFile(str(folder), UnlockedKeyCache(kernel), Typist()).create(PASSPHRASE)
    assert (folder / "vault.sealed").read_bytes()[42:45] == bytes([17, 8, 1])


def test_no_person_is_asked_while_others_wait_for_the_lock(folder: Path, kernel: KernelKeyring) -> None:
    """Somebody who types for minutes keeps no other process from writing."""
    sealed(folder, kernel).set("a", "x")
    lock(kernel)

    class SlowTypist(Typist):
        """A person during whose typing another process unlocks the vault and writes."""

        def __call__(self, *, new: bool) -> str:
            in_child(lambda: sealed(folder, kernel).set("b", "y"))
            return super().__call__(new=new)

    SealedFile(str(folder), UnlockedKeyCache(kernel), SlowTypist(), QUICK).set("c", "z")
    assert sealed(folder, kernel).names() == ["a", "b", "c"]
