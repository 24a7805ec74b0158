"""The passphrase of the sealed file: when it is asked for, and what it opens."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from shellvault.core.errors import PersonNeededError
from shellvault.storage.sealed.sealed_file import SealedFile
from shellvault.storage.sealed.unlocked_key_cache import UnlockedKeyCache
from tests.agent.without_kernel_keyring import forbid_keyrings
from tests.storage.child_processes import in_child
from tests.storage.kernel_keyrings import key_names
from tests.storage.sealed_vaults import PASSPHRASE, QUICK, Typist, open_sealed_file, stored_names

if TYPE_CHECKING:
    from pathlib import Path

    from shellvault.storage.kernel_keyring import KernelKeyring


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder that does not exist yet."""
    return tmp_path / "above" / "vault's folder"


def lock(kernel: KernelKeyring) -> None:
    """Lock every vault of this test."""
    UnlockedKeyCache(kernel).lock_all()


def test_the_first_secret_creates_the_vault_under_a_new_passphrase(folder: Path, kernel: KernelKeyring) -> None:
    """It is chosen once, and not asked for while the vault is unlocked."""
    typist = Typist()
    open_sealed_file(folder, kernel, typist).set("a", "x")
    assert open_sealed_file(folder, kernel, typist).get("a") == "x"
    assert typist.asked == ["new"]


def test_a_locked_vault_asks_once_and_stays_unlocked_for_the_next_process(folder: Path, kernel: KernelKeyring) -> None:
    """The first process asks for the passphrase; after locking, the next one asks again."""
    open_sealed_file(folder, kernel).set("a", "x")
    for _ in range(2):
        lock(kernel)
        typist = Typist()
        assert [open_sealed_file(folder, kernel, typist).get("a") for _ in range(3)] == ["x"] * 3
        assert typist.asked == ["present"]


def test_locking_reaches_a_process_that_has_the_vault_open(folder: Path, kernel: KernelKeyring) -> None:
    """A process that was running before has to ask again."""
    typist = Typist()
    vault = open_sealed_file(folder, kernel, typist)
    vault.set("a", "x")
    in_child(lambda: lock(kernel))
    vault.get("a")
    assert typist.asked == ["new", "present"]


def test_unlocking_asks_for_the_passphrase_in_advance(folder: Path, kernel: KernelKeyring) -> None:
    """Afterwards nothing asks for it; unlocking twice asks once."""
    open_sealed_file(folder, kernel).set("a", "x")
    lock(kernel)
    typist = Typist()
    open_sealed_file(folder, kernel, typist).unlock()
    open_sealed_file(folder, kernel, typist).unlock()
    open_sealed_file(folder, kernel, typist).set("b", "y")
    assert typist.asked == ["present"]
    assert UnlockedKeyCache(kernel).find_lock_time(open_sealed_file(folder, kernel).vault_id() or "")


def test_without_a_kernel_keyring_a_process_asks_at_most_once(folder: Path, kernel: KernelKeyring) -> None:
    """In a container the data key lasts as long as the process."""
    open_sealed_file(folder, kernel).set("a", "x")

    def child() -> list[str]:
        forbid_keyrings()
        typist = Typist()
        vault = open_sealed_file(folder, kernel, typist)
        vault.set("b", "y")
        assert stored_names(vault) == ["a", "b"]
        assert vault.get("b") == "y"
        return typist.asked

    assert in_child(child) == ["present"]


def test_a_wrong_passphrase_leaves_the_vault_locked(folder: Path, kernel: KernelKeyring) -> None:
    """It is an error with status 6, and nothing is kept."""
    open_sealed_file(folder, kernel).set("a", "x")
    lock(kernel)
    with pytest.raises(PersonNeededError, match="the passphrase is wrong") as raised:
        open_sealed_file(folder, kernel, Typist(PASSPHRASE + " ")).get("a")
    assert (raised.value.status, raised.value.hint) == (6, "try again: shellvault unlock")
    assert key_names(kernel) == []
    assert open_sealed_file(folder, kernel).get("a") == "x"


def test_a_passphrase_is_the_same_however_its_accents_are_encoded(folder: Path, kernel: KernelKeyring) -> None:
    """Some systems type é as one character, others as two."""
    open_sealed_file(folder, kernel, Typist("caf\u00e9")).set("a", "x")
    lock(kernel)
    assert open_sealed_file(folder, kernel, Typist("cafe\u0301")).get("a") == "x"


def test_an_empty_passphrase_is_refused(folder: Path, kernel: KernelKeyring) -> None:
    """No vault is created under one."""
    with pytest.raises(PersonNeededError, match="the passphrase is empty"):
        open_sealed_file(folder, kernel, Typist("")).set("a", "x")
    assert not open_sealed_file(folder, kernel).exists()


def test_the_passphrase_is_stretched_at_full_cost_by_default(folder: Path, kernel: KernelKeyring) -> None:
    """The file says N = 2^17, r = 8, p = 1."""
    SealedFile(str(folder), UnlockedKeyCache(kernel), Typist()).create(PASSPHRASE)
    assert (folder / "vault.sealed").read_bytes()[42:45] == bytes([17, 8, 1])


def test_nobody_is_asked_while_others_wait_for_the_lock(folder: Path, kernel: KernelKeyring) -> None:
    """Somebody who types for minutes does not keep other processes from writing."""
    open_sealed_file(folder, kernel).set("a", "x")
    lock(kernel)

    class SlowTypist(Typist):
        """Somebody during whose typing another process unlocks the vault and writes."""

        def __call__(self, *, new: bool) -> str:
            in_child(lambda: open_sealed_file(folder, kernel).set("b", "y"))
            return super().__call__(new=new)

    SealedFile(str(folder), UnlockedKeyCache(kernel), SlowTypist(), QUICK).set("c", "z")
    assert stored_names(open_sealed_file(folder, kernel)) == ["a", "b", "c"]
