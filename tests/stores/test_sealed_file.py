"""The sealed file as its users meet it: secrets by name, one passphrase, and a folder that must be safe."""

from __future__ import annotations

import os
import stat
import subprocess
from typing import TYPE_CHECKING

import pytest

from shellvault.errors import PersonNeededError, VaultUnavailableError
from shellvault.record import Secret
from shellvault.stores.holder import Holder
from shellvault.stores.sealed import SealedFile
from shellvault.stores.sealedfolder import SealedFolder
from tests.stores.sealed_support import NOBODY, PASSPHRASE, QUICK, Typist, forbid_keyrings, in_child, own_kernel, sealed

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from shellvault.stores.kernel import KernelKeyring

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


def lock(kernel: KernelKeyring) -> None:
    """Lock every vault of this test."""
    Holder(kernel).forget()


def type_it(hint: str) -> None:
    """Type a hint's command into a shell."""
    subprocess.run(["sh", "-c", hint[hint.rindex(": ") + 2 :] if ": " in hint else hint], check=True)


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


def test_unlocking_asks_ahead_of_need(folder: Path, kernel: KernelKeyring) -> None:
    """After it nothing is asked, and unlocking twice asks once."""
    sealed(folder, kernel).set("a", "x")
    lock(kernel)
    typist = Typist()
    sealed(folder, kernel, typist).unlock()
    sealed(folder, kernel, typist).unlock()
    sealed(folder, kernel, typist).set("b", "y")
    assert typist.asked == ["present"]
    assert Holder(kernel).until(sealed(folder, kernel).vault_id() or "")


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
    """Neither a new vault nor a changed passphrase may have one."""
    with pytest.raises(PersonNeededError, match="the passphrase is empty"):
        sealed(folder, kernel, Typist("")).set("a", "x")
    assert not sealed(folder, kernel).exists()
    vault = sealed(folder, kernel)
    vault.set("a", "x")
    with pytest.raises(PersonNeededError, match="the passphrase is empty"):
        vault.change_passphrase("")


def test_the_passphrase_is_stretched_at_full_cost_unless_told_otherwise(folder: Path, kernel: KernelKeyring) -> None:
    """The file says N = 2^17, r = 8, p = 1."""
    SealedFile(str(folder), Holder(kernel), Typist()).create(PASSPHRASE)
    assert (folder / "vault.sealed").read_bytes()[42:45] == bytes([17, 8, 1])


def test_a_changed_passphrase_replaces_the_old_one_everywhere(folder: Path, kernel: KernelKeyring) -> None:
    """Neither the file nor its backup opens with the old passphrase or the old data key; the secrets are still there."""
    vault = sealed(folder, kernel)
    vault.set("a", "x")
    vault.set("b", "y")
    old_key, old_id = vault.data_key(PASSPHRASE), vault.vault_id() or ""
    vault.change_passphrase("another one")
    assert Holder(kernel).load(old_id) is None
    for name in ("vault.sealed", "vault.old"):
        os.replace(folder / name, folder / "vault.sealed")
        lock(kernel)
        with pytest.raises(PersonNeededError):
            sealed(folder, kernel).get("a")
        new = sealed(folder, kernel, Typist("another one"))
        assert (new.get("a"), new.get("b")) == ("x", "y")
        assert new.data_key("another one") != old_key


def test_a_deleted_secret_is_gone_from_the_backup_too(folder: Path, kernel: KernelKeyring) -> None:
    """Who removes a key pair means it."""
    vault = sealed(folder, kernel)
    vault.set("a", "x")
    vault.set("b", "y")
    vault.delete("a")
    os.replace(folder / "vault.old", folder / "vault.sealed")
    assert vault.names() == ["b"]


def test_the_backup_is_the_version_before_the_last_change(folder: Path, kernel: KernelKeyring) -> None:
    """One step back is kept, in a file of its own."""
    vault = sealed(folder, kernel)
    vault.set("a", "first")
    vault.set("a", "second")
    os.replace(folder / "vault.old", folder / "vault.sealed")
    assert vault.get("a") == "first"


def test_no_file_holds_a_name_or_a_secret_in_plain(folder: Path, kernel: KernelKeyring) -> None:
    """Neither does the file show which passphrase or data key it has."""
    vault = sealed(folder, kernel)
    vault.set("production-account", "wJalrXUtnFEMI/K7MDENG")
    vault.set("production-account", "wJalrXUtnFEMI/K7MDENG+")
    data_key = vault.data_key(PASSPHRASE)
    files = {path.name: path.read_bytes() for path in folder.iterdir()}
    assert sorted(files) == ["vault.lock", "vault.old", "vault.sealed"]
    for raw in files.values():
        for plain in (b"production", b"wJalrXUtn", PASSPHRASE.encode(), data_key, data_key.hex().encode()):
            assert plain not in raw


def test_the_same_secret_is_never_sealed_twice_alike(folder: Path, kernel: KernelKeyring) -> None:
    """Every write has a nonce of its own."""
    vault = sealed(folder, kernel)
    written = set()
    for _ in range(20):
        vault.set("a", "x")
        written.add((folder / "vault.sealed").read_bytes()[137:149])
    assert len(written) == 20


@pytest.mark.parametrize("umask", [0o000, 0o777])
def test_whatever_the_umask_only_its_owner_may_touch_it(folder: Path, kernel: KernelKeyring, umask: int) -> None:
    """Files are 0600, the folder and those made above it 0700."""

    def child() -> None:
        os.umask(umask)
        for _ in range(2):
            sealed(folder, kernel).set("a", "x")

    in_child(child)
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in (folder.parent, folder, *folder.iterdir())}
    files = dict.fromkeys(("vault.sealed", "vault.old"), 0o600)
    assert modes == {"above": 0o700, folder.name: 0o700, "vault.lock": 0o600 & ~umask, **files}


def test_a_vault_that_is_a_symbolic_link_is_refused(folder: Path, kernel: KernelKeyring) -> None:
    """A link would be replaced by the next write, and may lead anywhere."""
    vault = sealed(folder, kernel)
    vault.set("a", "x")
    os.rename(folder / "vault.sealed", folder / "elsewhere")
    (folder / "vault.sealed").symlink_to("elsewhere")
    for use in (vault.names, lambda: vault.set("b", "y")):
        with pytest.raises(VaultUnavailableError, match="symbolic link") as raised:
            use()
        assert "SHELLVAULT_HOME" in raised.value.hint
    assert (folder / "vault.sealed").is_symlink()


def test_a_link_planted_in_place_of_a_working_file_is_not_followed(folder: Path, kernel: KernelKeyring) -> None:
    """The temporary file is made anew, and the lock file is not opened through a link."""
    victim = folder.parent / "victim"
    sealed(folder, kernel).set("a", "x")
    victim.write_text("precious")
    (folder / "vault.new").symlink_to(victim)
    sealed(folder, kernel).set("b", "y")
    (folder / "vault.lock").unlink()
    (folder / "vault.lock").symlink_to(victim)
    with pytest.raises(VaultUnavailableError, match=r"vault\.lock"):
        sealed(folder, kernel).set("c", "z")
    assert victim.read_text() == "precious"
    assert sealed(folder, kernel).names() == ["a", "b"]


def test_what_is_no_file_is_refused_at_once(folder: Path, kernel: KernelKeyring) -> None:
    """A pipe or a folder in its place neither hangs nor confuses it."""
    folder.mkdir(parents=True)
    os.mkfifo(folder / "vault.sealed")
    with pytest.raises(VaultUnavailableError, match="not a sealed vault"):
        sealed(folder, kernel).names()
    (folder / "vault.sealed").unlink()
    (folder / "vault.sealed").mkdir()
    with pytest.raises(VaultUnavailableError, match=r"vault\.sealed"):
        sealed(folder, kernel).names()


@pytest.mark.parametrize(("name", "mode"), [("", 0o777), ("", 0o720), ("vault.sealed", 0o602), ("vault.sealed", 0o660)])
def test_what_others_may_write_is_refused_until_the_hint_is_typed(
    folder: Path, kernel: KernelKeyring, name: str, mode: int
) -> None:
    """The hint is a command that mends it."""
    vault = sealed(folder, kernel)
    vault.set("a", "x")
    (folder / name).chmod(mode)
    for use in (vault.names, lambda: vault.set("b", "y")):
        with pytest.raises(VaultUnavailableError, match="others may write") as raised:
            use()
    type_it(raised.value.hint)
    assert vault.names() == ["a"]


@pytest.mark.parametrize("name", ["", "vault.sealed"])
def test_what_belongs_to_another_user_is_refused(folder: Path, kernel: KernelKeyring, name: str) -> None:
    """Its owner could exchange it at any time."""
    vault = sealed(folder, kernel)
    vault.set("a", "x")
    os.chown(folder / name, NOBODY, NOBODY)
    with pytest.raises(VaultUnavailableError, match="belongs to another user") as raised:
        vault.names()
    assert "SHELLVAULT_HOME" in raised.value.hint


def test_a_lock_that_is_never_given_back_is_an_error_that_names_it(folder: Path) -> None:
    """Nobody waits for ever on a process that was stopped."""
    with (
        SealedFolder(str(folder)).locked(),
        pytest.raises(VaultUnavailableError, match=r"another process holds .*vault\.lock") as raised,
        SealedFolder(str(folder), lock_wait=0.05).locked(),
    ):
        raise AssertionError("two hold the lock")
    assert raised.value.hint.startswith("see who holds it: fuser")


def test_no_person_is_asked_while_others_wait_for_the_lock(folder: Path, kernel: KernelKeyring) -> None:
    """Somebody who types for minutes keeps no other process from writing."""
    sealed(folder, kernel).set("a", "x")
    lock(kernel)

    class SlowTypist(Typist):
        """A person during whose typing another process unlocks the vault and writes."""

        def __call__(self, *, new: bool) -> str:
            in_child(lambda: sealed(folder, kernel).set("b", "y"))
            return super().__call__(new=new)

    SealedFile(str(folder), Holder(kernel), SlowTypist(), QUICK).set("c", "z")
    assert sealed(folder, kernel).names() == ["a", "b", "c"]
