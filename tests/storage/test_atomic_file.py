"""Files that are replaced as a whole or not at all."""

from __future__ import annotations

import resource
from typing import TYPE_CHECKING

import pytest

from shellvault.core.errors import UsageError, VaultUnavailableError
from shellvault.system.atomic_file import AtomicFile, replace_file
from tests.storage.child_processes import in_child

if TYPE_CHECKING:
    from pathlib import Path


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
    with pytest.raises(UsageError, match="changed meanwhile"):
        replace_file(str(path), b"ours", expected=b"before")
    assert path.read_bytes() == b"theirs"
    replace_file(str(path), b"ours", expected=b"theirs")
    assert path.read_bytes() == b"ours"
    assert [file.name for file in tmp_path.iterdir()] == ["file"]


def test_a_link_planted_beside_a_file_is_not_followed(tmp_path: Path) -> None:
    """The new file never goes through it."""
    (tmp_path / "victim").write_text("precious")
    (tmp_path / "file.new").symlink_to(tmp_path / "victim")
    replace_file(str(tmp_path / "file"), b"ours")
    assert (tmp_path / "victim").read_text() == "precious"
    assert (tmp_path / "file").read_bytes() == b"ours"
    assert not (tmp_path / "file").is_symlink()


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
