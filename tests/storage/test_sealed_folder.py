"""The folder of the sealed file: what is in it, who may write to it, and what is refused as unsafe."""

from __future__ import annotations

import os
import stat
import subprocess
from typing import TYPE_CHECKING

import pytest

from shellvault.core.errors import VaultUnavailableError
from shellvault.storage.sealed.sealed_folder import SealedFolder
from tests.storage.child_processes import NOBODY, in_child
from tests.storage.sealed_vaults import PASSPHRASE, open_sealed_file, stored_names

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from shellvault.storage.kernel_keyring import KernelKeyring
    from shellvault.storage.sealed.sealed_file import SealedFile


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder that does not exist yet."""
    return tmp_path / "above" / "vault's folder"


def read_and_write(vault: SealedFile) -> tuple[Callable[[], object], ...]:
    """Return two uses of a vault."""
    return lambda: vault.get("a"), lambda: vault.set("b", "y")


def test_no_file_holds_a_name_or_a_secret_in_plaintext(folder: Path, kernel: KernelKeyring) -> None:
    """Nor the passphrase or the data key."""
    vault = open_sealed_file(folder, kernel)
    vault.set("production-account", "wJalrXUtnFEMI/K7MDENG")
    vault.set("production-account", "wJalrXUtnFEMI/K7MDENG+")
    data_key = vault.unlock_with(PASSPHRASE)
    files = {path.name: path.read_bytes() for path in folder.iterdir()}
    assert sorted(files) == ["vault.lock", "vault.old", "vault.sealed"]
    for raw in files.values():
        for plain in (b"production", b"wJalrXUtn", PASSPHRASE.encode(), data_key, data_key.hex().encode()):
            assert plain not in raw


@pytest.mark.parametrize("umask", [0o000, 0o777])
def test_whatever_the_umask_only_its_owner_has_access(folder: Path, kernel: KernelKeyring, umask: int) -> None:
    """Files are 0600, the folder and the parents that were created for it 0700."""

    def child() -> None:
        os.umask(umask)
        for _ in range(2):
            open_sealed_file(folder, kernel).set("a", "x")

    in_child(child)
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in (folder.parent, folder, *folder.iterdir())}
    files = dict.fromkeys(("vault.sealed", "vault.old", "vault.lock"), 0o600)
    assert modes == {"above": 0o700, folder.name: 0o700, **files}


def test_a_vault_that_is_a_symbolic_link_is_refused(folder: Path, kernel: KernelKeyring) -> None:
    """The next write would replace the link, and it may lead anywhere."""
    vault = open_sealed_file(folder, kernel)
    vault.set("a", "x")
    (folder / "vault.sealed").rename(folder / "elsewhere")
    (folder / "vault.sealed").symlink_to("elsewhere")
    for use in read_and_write(vault):
        with pytest.raises(VaultUnavailableError, match="symbolic link") as raised:
            use()
        assert "SHELLVAULT_HOME" in raised.value.hint
    assert (folder / "vault.sealed").is_symlink()


def test_a_link_planted_in_place_of_a_working_file_is_not_followed(folder: Path, kernel: KernelKeyring) -> None:
    """The temporary file is created anew, and the lock file is not opened through a link."""
    victim = folder.parent / "victim"
    open_sealed_file(folder, kernel).set("a", "x")
    victim.write_text("precious")
    (folder / "vault.new").symlink_to(victim)
    open_sealed_file(folder, kernel).set("b", "y")
    (folder / "vault.lock").unlink()
    (folder / "vault.lock").symlink_to(victim)
    with pytest.raises(VaultUnavailableError, match=r"vault\.lock"):
        open_sealed_file(folder, kernel).set("c", "z")
    assert victim.read_text() == "precious"
    assert stored_names(open_sealed_file(folder, kernel)) == ["a", "b"]


def test_what_is_not_a_file_is_refused_at_once(folder: Path, kernel: KernelKeyring) -> None:
    """A pipe in its place does not make us hang, and neither does a folder."""
    folder.mkdir(parents=True)
    os.mkfifo(folder / "vault.sealed")
    with pytest.raises(VaultUnavailableError, match="not a sealed vault"):
        open_sealed_file(folder, kernel).get("name")
    (folder / "vault.sealed").unlink()
    (folder / "vault.sealed").mkdir()
    with pytest.raises(VaultUnavailableError, match="not a sealed vault"):
        open_sealed_file(folder, kernel).get("name")


@pytest.mark.parametrize(("name", "mode"), [("", 0o777), ("", 0o720), ("vault.sealed", 0o602), ("vault.sealed", 0o660)])
def test_what_others_may_write_is_refused_until_the_hint_is_followed(
    folder: Path, kernel: KernelKeyring, name: str, mode: int
) -> None:
    """The hint is a command that fixes it."""
    vault = open_sealed_file(folder, kernel)
    vault.set("a", "x")
    (folder / name).chmod(mode)
    for use in read_and_write(vault):
        with pytest.raises(VaultUnavailableError, match="others may write") as raised:
            use()
    subprocess.run(["sh", "-c", raised.value.hint], check=True)
    assert stored_names(vault) == ["a"]


@pytest.mark.parametrize("name", ["", "vault.sealed"])
def test_what_belongs_to_another_user_is_refused(folder: Path, kernel: KernelKeyring, name: str) -> None:
    """Its owner could replace it at any time."""
    vault = open_sealed_file(folder, kernel)
    vault.set("a", "x")
    os.chown(folder / name, NOBODY, NOBODY)
    with pytest.raises(VaultUnavailableError, match="belongs to another user") as raised:
        vault.get("name")
    assert "SHELLVAULT_HOME" in raised.value.hint


def test_a_lock_that_is_never_released_is_an_error_that_names_it(folder: Path) -> None:
    """Nobody waits for ever for a process that was stopped."""
    with (
        SealedFolder(str(folder)).locked(),
        pytest.raises(VaultUnavailableError, match=r"another process holds .*vault\.lock") as raised,
        SealedFolder(str(folder), lock_wait=0.05).locked(),
    ):
        raise AssertionError("two hold the lock")
    assert raised.value.hint.startswith("find out which one: fuser")
