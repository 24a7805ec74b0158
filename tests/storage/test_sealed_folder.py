"""The sealed file's folder: what it holds, who may touch it, and what is refused as unsafe."""

from __future__ import annotations

import os
import stat
import subprocess
from typing import TYPE_CHECKING

import pytest

from shellvault.core.errors import VaultUnavailableError
from shellvault.storage.sealed.sealed_folder import SealedFolder
from tests.storage.sealed_support import NOBODY, PASSPHRASE, in_child, own_kernel, sealed

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


@pytest.mark.parametrize("umask", [0o000, 0o777])
def test_whatever_the_umask_only_its_owner_may_touch_it(folder: Path, kernel: KernelKeyring, umask: int) -> None:
    """Files are 0600, the folder and those made above it 0700."""

    def child() -> None:
        os.umask(umask)
        for _ in range(2):
            sealed(folder, kernel).set("a", "x")

    in_child(child)
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in (folder.parent, folder, *folder.iterdir())}
    files = dict.fromkeys(("vault.sealed", "vault.old", "vault.lock"), 0o600)
    assert modes == {"above": 0o700, folder.name: 0o700, **files}


def test_a_vault_that_is_a_symbolic_link_is_refused(folder: Path, kernel: KernelKeyring) -> None:
    """A link would be replaced by the next write, and may lead anywhere."""
    vault = sealed(folder, kernel)
    vault.set("a", "x")
    (folder / "vault.sealed").rename(folder / "elsewhere")
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
    with pytest.raises(VaultUnavailableError, match="not a sealed vault"):
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
    subprocess.run(["sh", "-c", raised.value.hint], check=True)
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
