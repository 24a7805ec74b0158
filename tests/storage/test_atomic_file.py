"""Files that are replaced as a whole or not at all."""

from __future__ import annotations

import errno
import os
import resource
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import pytest

from shellvault.core.errors import UsageError, VaultUnavailableError
from shellvault.system.atomic_file import AtomicFile, exclusive, read_text, replace_file
from shellvault.system.new_file import NewFile
from tests.storage.child_processes import NOBODY, become_nobody, forbid_locks, in_child, running, wait_until

if TYPE_CHECKING:
    from collections.abc import Callable


def test_the_backup_is_the_replaced_file(tmp_path: Path) -> None:
    """A first file has none, and each backup replaces the one before."""
    path, backup = tmp_path / "file", tmp_path / "backup"
    file = AtomicFile(str(path), backup=str(backup), sync_folder=True)
    file.replace(b"one")
    assert not backup.exists()
    for content in (b"two", b"three"):
        before = path.read_bytes()
        file.replace(content)
        assert (path.read_bytes(), backup.read_bytes()) == (content, before)


def test_modification_time_and_mode_are_set_before_anybody_sees_the_file(tmp_path: Path) -> None:
    """They are those of the new file, not of the old."""
    path = tmp_path / "file"
    AtomicFile(str(path)).replace(b"one", mode=0o640, modified=1_000_000_000)
    assert (path.stat().st_mode & 0o777, path.stat().st_mtime) == (0o640, 1_000_000_000)


def test_a_file_that_was_changed_meanwhile_is_left_as_it_is(tmp_path: Path) -> None:
    """And nothing is left beside it."""
    path = tmp_path / "file"
    path.write_bytes(b"theirs")
    with pytest.raises(UsageError, match="was modified by another program"):
        replace_file(str(path), b"ours", expected=b"before")
    assert path.read_bytes() == b"theirs"
    replace_file(str(path), b"ours", expected=b"theirs")
    assert path.read_bytes() == b"ours"
    assert [file.name for file in tmp_path.iterdir()] == ["file"]


def test_neighbouring_files_are_neither_followed_nor_lost(tmp_path: Path) -> None:
    """A repository may contain `config.new` as a link to the user's .bashrc, or the user may have such a file."""
    (tmp_path / "victim").write_text("precious")
    (tmp_path / "file.new").symlink_to(tmp_path / "victim")
    (tmp_path / f"file.{os.getpid()}").write_text("also precious")
    replace_file(str(tmp_path / "file"), b"ours")
    assert (tmp_path / "victim").read_text() == "precious"
    assert (tmp_path / f"file.{os.getpid()}").read_text() == "also precious"
    assert (tmp_path / "file.new").is_symlink()
    assert (tmp_path / "file").read_bytes() == b"ours"
    assert not (tmp_path / "file").is_symlink()


def test_an_existing_temporary_file_is_never_written_to(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """For example a hard link to another user's file, made by somebody who guessed the name."""
    monkeypatch.setattr("os.urandom", bytes)
    (tmp_path / "theirs").write_text("theirs")
    os.chown(tmp_path / "theirs", NOBODY, NOBODY)
    (tmp_path / f"file.{bytes(4).hex()}.shellvault-new").hardlink_to(tmp_path / "theirs")
    with pytest.raises(VaultUnavailableError, match="File exists"):
        replace_file(str(tmp_path / "file"), b"x")
    assert (tmp_path / "theirs").read_text() == "theirs"


def test_a_link_to_a_file_stays_a_link(tmp_path: Path) -> None:
    """Many people keep ~/.aws/config in a repository of their own."""
    (tmp_path / "dotfiles").mkdir()
    (tmp_path / "dotfiles" / "config").write_text("old")
    (tmp_path / "config").symlink_to("dotfiles/config")
    replace_file(str(tmp_path / "config"), b"new", expected=b"old")
    assert (tmp_path / "config").is_symlink()
    assert (tmp_path / "dotfiles" / "config").read_text() == "new"


def test_a_killed_writers_file_is_removed_by_the_next_writer(tmp_path: Path) -> None:
    """Whichever file of the folder it was meant to replace. A living writer's file stays."""

    def write() -> None:
        with NewFile(str(tmp_path / "credentials")) as new:
            new.write(b"half a secret", 0o600)
            (tmp_path / "started").touch()
            time.sleep(1000)

    with running(write):
        wait_until((tmp_path / "started").exists)
        replace_file(str(tmp_path / "config"), b"one")
        assert list(tmp_path.glob("credentials.*"))
    assert list(tmp_path.glob("credentials.*"))
    replace_file(str(tmp_path / "config"), b"two")
    assert sorted(file.name for file in tmp_path.iterdir()) == ["config", "started"]


def test_a_killed_writers_file_is_removed_even_without_a_write(tmp_path: Path) -> None:
    """Taking the lock for a file in that folder is enough."""
    left = tmp_path / "credentials.0123abcd.shellvault-new"
    left.write_text("secret")
    with exclusive(str(tmp_path / "config")):
        assert not left.exists()


@pytest.mark.usefixtures("limited")
def test_only_our_own_files_are_removed(tmp_path: Path) -> None:
    """Links, pipes and folders with such a name stay, and so does another user's file."""
    names = [f"{kind}.shellvault-new" for kind in ("link", "pipe", "folder", "foreign")]
    (tmp_path / names[0]).symlink_to(tmp_path)
    os.mkfifo(tmp_path / names[1])
    (tmp_path / names[2]).mkdir()
    (tmp_path / names[3]).write_text("")
    os.chown(tmp_path / names[3], NOBODY, NOBODY)
    replace_file(str(tmp_path / "file"), b"x")
    assert {file.name for file in tmp_path.iterdir()} == {"file", *names}


def test_a_folders_owner_cannot_redirect_roots_edit(tmp_path: Path) -> None:
    """While root edits a user's file, the user replaces the new file by a link to a file of root's."""
    root_file = tmp_path / "shadow"
    root_file.touch(0o600)
    folder = tmp_path / "theirs"
    folder.mkdir()
    (folder / "config").touch()
    for path in (folder, folder / "config"):
        os.chown(path, NOBODY, NOBODY)
    with NewFile(str(folder / "config")) as new:
        Path(new.path).rename(folder / "moved")
        Path(new.path).symlink_to(root_file)
        new.write(b"x", 0o644)
        new.set_time(0)
        new.keep_owner()
        with pytest.raises(OSError, match="another program has moved the new file"):
            new.put_in_place()
    status = root_file.stat()
    assert (status.st_uid, status.st_mode & 0o777, status.st_size) == (0, 0o600, 0)
    assert status.st_mtime > 0
    assert not (folder / "config").is_symlink()
    assert (folder / "moved").stat().st_uid == NOBODY


def test_a_users_file_stays_theirs_when_root_edits_it(tmp_path: Path) -> None:
    """For example in a container, where the folder is mounted from outside."""
    os.chown(tmp_path, NOBODY, NOBODY)
    (tmp_path / "config").write_text("old")
    os.chown(tmp_path / "config", NOBODY, NOBODY)
    replace_file(str(tmp_path / "config"), b"new")
    status = (tmp_path / "config").stat()
    assert (status.st_uid, status.st_gid, (tmp_path / "config").read_text()) == (NOBODY, NOBODY, "new")


@pytest.mark.parametrize("problem", [errno.EOPNOTSUPP, errno.ENOLCK, errno.EIO])
def test_without_locks_only_old_files_count_as_abandoned(tmp_path: Path, problem: int) -> None:
    """Another process may still be writing a recent one."""
    young = tmp_path / "young.shellvault-new"
    young.write_text("")

    def child() -> None:
        forbid_locks(problem)
        replace_file(str(tmp_path / "file"), b"x")

    in_child(child)
    assert (young.exists(), (tmp_path / "file").read_text()) == (True, "x")


@pytest.mark.parametrize("problem", [errno.EOPNOTSUPP, errno.ENOLCK, errno.EIO])
def test_without_locks_old_files_are_removed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, problem: int) -> None:
    """Nobody takes an hour to write one."""
    monkeypatch.setattr("shellvault.system.new_file._ABANDONED_AFTER", -1)  # a test cannot make a file that old
    (tmp_path / "old.shellvault-new").write_text("")

    def child() -> None:
        forbid_locks(problem)
        replace_file(str(tmp_path / "file"), b"x")

    in_child(child)
    assert [file.name for file in tmp_path.iterdir()] == ["file"]


@pytest.mark.parametrize("mode", [0o777, 0o775])
def test_a_folder_that_others_can_write_to_is_refused(tmp_path: Path, mode: int) -> None:
    """Nothing is left in it."""
    os.chown(tmp_path, 0, 4712)
    tmp_path.chmod(mode)
    with pytest.raises(VaultUnavailableError, match=f"cannot write {tmp_path}/file: others may write to its folder"):
        replace_file(str(tmp_path / "file"), b"x")
    assert list(tmp_path.iterdir()) == []


def test_another_users_folder_is_refused() -> None:
    """Its owner could replace the file. Root may do it: it could be in a container with the user's home mounted."""
    with TemporaryDirectory() as name:
        Path(name).chmod(0o755)
        os.chown(name, 4711, 4711)

        def child() -> str:
            become_nobody()
            with pytest.raises(VaultUnavailableError) as raised:
                replace_file(f"{name}/file", b"x")
            return raised.value.message

        assert in_child(child) == f"cannot write {name}/file: its folder belongs to another user"
        replace_file(f"{name}/file", b"x")


@pytest.mark.parametrize(("mode", "group"), [(0o1777, 4712), (0o775, 0)])
def test_safe_folders_with_open_modes_are_used(tmp_path: Path, mode: int, group: int) -> None:
    """A sticky folder such as /tmp, and one whose group has the owner's number and no other members."""
    os.chown(tmp_path, 0, group)
    tmp_path.chmod(mode)
    replace_file(str(tmp_path / "file"), b"x")
    assert (tmp_path / "file").read_text() == "x"


def test_a_file_that_root_edits_stays_its_owners(tmp_path: Path) -> None:
    """For example in a container that works on the user's ~/.aws as root."""
    (tmp_path / "config").write_text("old")
    os.chown(tmp_path, NOBODY, NOBODY)
    os.chown(tmp_path / "config", NOBODY, NOBODY)
    replace_file(str(tmp_path / "config"), b"new")
    status = (tmp_path / "config").stat()
    assert (status.st_uid, status.st_gid, (tmp_path / "config").read_text()) == (NOBODY, NOBODY, "new")


@pytest.mark.usefixtures("limited")
@pytest.mark.parametrize("make", [os.mkfifo, os.mkdir])
def test_reading_never_blocks_on_a_pipe_or_a_device(tmp_path: Path, make: Callable[[str], None]) -> None:
    """Opening a pipe without a writer would block."""
    make(str(tmp_path / "file"))
    with pytest.raises(UsageError, match=f"cannot read {tmp_path}/file: "):
        read_text(str(tmp_path / "file"))


@pytest.mark.parametrize("backup", ["", "backup"])
def test_a_write_that_fails_leaves_everything_as_it_was(tmp_path: Path, backup: str) -> None:
    """The file, its backup, and nothing beside them."""
    path = tmp_path / "file"
    path.write_bytes(b"old")

    def child() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))
        with pytest.raises(OSError, match="File too large"):
            AtomicFile(str(path), backup=backup and str(tmp_path / backup)).replace(b"x" * 10_000)

    in_child(child)
    assert path.read_bytes() == b"old"
    assert [file.name for file in tmp_path.iterdir()] == ["file"]


def test_what_is_not_a_regular_file_is_refused(tmp_path: Path) -> None:
    """A folder, or a device such as /dev/null."""
    for path in (str(tmp_path), "/dev/null"):
        with pytest.raises(VaultUnavailableError, match="it is not a file") as raised:
            replace_file(path, b"x")
        assert raised.value.hint == "use a regular file path"
