"""Writing the config file: permissions, links, concurrent writers, devices, and full or read-only disks."""

from __future__ import annotations

import multiprocessing
import os
import resource
from typing import TYPE_CHECKING

import pytest

from shellvault.awsconfig.config_editor import put_profile
from shellvault.awsconfig.reader import Config
from shellvault.core.errors import ShellvaultError, UsageError, VaultUnavailableError
from tests.storage.child_processes import NOBODY, become_nobody, in_child

if TYPE_CHECKING:
    from pathlib import Path


def test_put_profile_returns_whether_it_wrote(tmp_path: Path) -> None:
    """Otherwise the file is not touched."""
    path = tmp_path / "aws" / "config"
    assert put_profile(str(path), "dev", {})
    written = path.stat()
    assert not put_profile(str(path), "dev", {})
    after = path.stat()
    assert (after.st_ino, after.st_mtime_ns) == (written.st_ino, written.st_mtime_ns)


def test_permissions_and_links_stay_and_no_other_file_is_left(tmp_path: Path) -> None:
    """The target of a symbolic link is changed, and keeps its mode."""
    (tmp_path / "dotfiles").mkdir()
    (tmp_path / "aws").mkdir()
    real, link = tmp_path / "dotfiles" / "config", tmp_path / "aws" / "config"
    real.write_text("# mine\n")
    real.chmod(0o640)
    link.symlink_to("../dotfiles/config")
    assert put_profile(str(link), "dev", {})
    assert os.readlink(link) == "../dotfiles/config"  # noqa: PTH115 - the text of the link itself
    assert real.read_text() == "# mine\n\n[profile dev]\n"
    assert real.stat().st_mode & 0o777 == 0o640
    assert [file.name for file in (*real.parent.iterdir(), *link.parent.iterdir())] == ["config", "config"]


def test_a_new_file_is_private(tmp_path: Path) -> None:
    """So is the folder that is created for it."""
    path = tmp_path / "aws" / "config"
    put_profile(str(path), "dev", {})
    assert (path.stat().st_mode & 0o777, path.parent.stat().st_mode & 0o777) == (0o600, 0o700)


def test_concurrent_writers_lose_nothing(tmp_path: Path) -> None:
    """Twelve profiles that are added at once all arrive."""
    path = str(tmp_path / "config")
    context = multiprocessing.get_context("fork")
    processes = [context.Process(target=put_profile, args=(path, f"p{number}", {})) for number in range(12)]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    assert set(Config.read(path).names()) == {f"p{number}" for number in range(12)}
    assert [file.name for file in tmp_path.iterdir()] == ["config"]


@pytest.mark.parametrize("path", ["/dev/null"])
def test_a_device_is_never_replaced(path: str) -> None:
    """Some people set AWS_CONFIG_FILE=/dev/null to have no config."""
    before = os.stat(path)  # noqa: PTH116
    with pytest.raises(VaultUnavailableError, match=f"cannot write {path}: it is not a file"):
        put_profile(path, "dev", {})
    assert os.stat(path).st_rdev == before.st_rdev  # noqa: PTH116
    assert not os.path.lexists(f"{path}.lock")
    assert not os.path.lexists(f"{path}.new")


def test_a_folder_instead_of_a_file_is_an_error(tmp_path: Path) -> None:
    """The error names it, and no other file is left."""
    (tmp_path / "config").mkdir()
    with pytest.raises(UsageError, match=f"cannot read {tmp_path}/config: Is a directory"):
        put_profile(str(tmp_path / "config"), "dev", {})
    assert [file.name for file in tmp_path.iterdir()] == ["config"]


@pytest.mark.parametrize("closed", ["file", "folder"])
def test_permissions_decide_whether_the_file_is_replaced(tmp_path: Path, closed: str) -> None:
    """A read-only folder is an error; a read-only file in a writable folder is replaced."""
    folder = tmp_path / "aws"
    folder.mkdir()
    path = folder / "config"
    path.write_text("# mine\n")
    path.chmod(0o444)
    _give_to_nobody(folder)
    folder.chmod(0o555 if closed == "folder" else 0o755)

    def attempt() -> str:
        if os.geteuid() == 0:  # root may write everywhere
            become_nobody()
        try:
            return "wrote" if put_profile(str(path), "dev", {}) else "unchanged"
        except ShellvaultError as error:
            return f"{error.status} {error.message}"

    result = in_child(attempt)
    content = path.read_text()
    if closed == "folder":
        assert (result, content) == (f"5 cannot write {path}.lock: Permission denied", "# mine\n")
    else:
        assert (result, content) == ("wrote", "# mine\n\n[profile dev]\n")
    assert [file.name for file in folder.iterdir()] == ["config"]


def test_a_full_disk_keeps_the_old_file(tmp_path: Path) -> None:
    """The write fails, the incomplete new file is removed, and the old one is complete."""
    path = tmp_path / "config"
    path.write_text("# mine\n" * 2000)

    def attempt() -> str:
        resource.setrlimit(resource.RLIMIT_FSIZE, (8192, 8192))  # Python ignores SIGXFSZ, so writes fail with EFBIG
        try:
            put_profile(str(path), "dev", {})
        except VaultUnavailableError as error:
            return error.message
        return "wrote"

    assert in_child(attempt) == f"cannot write {path}: File too large"
    assert path.read_text() == "# mine\n" * 2000
    assert [file.name for file in tmp_path.iterdir()] == ["config"]


def _give_to_nobody(folder: Path) -> None:
    if os.geteuid() == 0:
        os.chown(folder, NOBODY, NOBODY)
        for above in folder.parents:
            above.chmod(above.stat().st_mode | 0o011)
