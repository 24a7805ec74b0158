"""The config file on its disk: rights, links, other writers, devices, and disks that are full or closed."""

from __future__ import annotations

import multiprocessing
import os
import resource
from typing import TYPE_CHECKING

import pytest

from shellvault.awsconfig.document import put_profile
from shellvault.awsconfig.reader import Config
from shellvault.core.errors import ShellvaultError, UsageError, VaultUnavailableError
from tests.storage.sealed_support import NOBODY, become_nobody, in_child

if TYPE_CHECKING:
    from pathlib import Path


def test_it_says_whether_it_wrote(tmp_path: Path) -> None:
    """And does not touch the file when it did not."""
    path = tmp_path / "aws" / "config"
    assert put_profile(str(path), "dev", {})
    written = path.stat()
    assert not put_profile(str(path), "dev", {})
    assert path.stat() == written


def test_rights_and_links_stay_and_nothing_is_left_beside(tmp_path: Path) -> None:
    """A config file kept elsewhere by a symbolic link stays there, with its mode."""
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


def test_a_new_file_is_its_owners_alone(tmp_path: Path) -> None:
    """And so is the folder made for it."""
    path = tmp_path / "aws" / "config"
    put_profile(str(path), "dev", {})
    assert (path.stat().st_mode & 0o777, path.parent.stat().st_mode & 0o777) == (0o600, 0o700)


def test_many_writers_lose_nothing(tmp_path: Path) -> None:
    """Twelve profiles added at once are all there."""
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
def test_a_device_is_never_replaced_by_a_file(path: str) -> None:
    """AWS_CONFIG_FILE=/dev/null is how some people say that they want no config."""
    before = os.stat(path)  # noqa: PTH116
    with pytest.raises(VaultUnavailableError, match=f"cannot write {path}: it is not a file"):
        put_profile(path, "dev", {})
    assert os.stat(path).st_rdev == before.st_rdev  # noqa: PTH116
    assert not os.path.lexists(f"{path}.lock")
    assert not os.path.lexists(f"{path}.new")


def test_a_folder_in_its_place_is_an_error_that_names_it(tmp_path: Path) -> None:
    """And nothing is left beside it."""
    (tmp_path / "config").mkdir()
    with pytest.raises(UsageError, match=f"cannot read {tmp_path}/config: Is a directory"):
        put_profile(str(tmp_path / "config"), "dev", {})
    assert [file.name for file in tmp_path.iterdir()] == ["config"]


@pytest.mark.parametrize("closed", ["file", "folder"])
def test_a_file_without_the_right_to_write_stays_as_it_is(tmp_path: Path, closed: str) -> None:
    """A person who may not is told so; a read-only file in a folder of their own is theirs to replace."""
    folder = tmp_path / "aws"
    folder.mkdir()
    path = folder / "config"
    path.write_text("# mine\n")
    path.chmod(0o444)
    _let_nobody_in(folder)
    folder.chmod(0o555 if closed == "folder" else 0o755)

    def attempt() -> str:
        if os.geteuid() == 0:  # to root, nothing is closed
            become_nobody()
        try:
            return "wrote" if put_profile(str(path), "dev", {}) else "nothing to write"
        except ShellvaultError as error:
            return f"{error.status} {error.message}"

    said = in_child(attempt)
    kept = path.read_text()
    if closed == "folder":
        assert (said, kept) == (f"5 cannot write {path}.lock: Permission denied", "# mine\n")
    else:
        assert (said, kept) == ("wrote", "# mine\n\n[profile dev]\n")
    assert [file.name for file in folder.iterdir()] == ["config"]


def test_a_full_disk_keeps_the_old_file(tmp_path: Path) -> None:
    """The write fails, half of the new file is taken away, and the old one is whole."""
    path = tmp_path / "config"
    path.write_text("# mine\n" * 2000)

    def attempt() -> str:
        resource.setrlimit(resource.RLIMIT_FSIZE, (8192, 8192))  # SIGXFSZ is ignored by Python, so writes fail: EFBIG
        try:
            put_profile(str(path), "dev", {})
        except VaultUnavailableError as error:
            return error.message
        return "wrote"

    assert in_child(attempt) == f"cannot write {path}: File too large"
    assert path.read_text() == "# mine\n" * 2000
    assert [file.name for file in tmp_path.iterdir()] == ["config"]


def _let_nobody_in(folder: Path) -> None:
    if os.geteuid() == 0:
        os.chown(folder, NOBODY, NOBODY)
        for above in folder.parents:
            above.chmod(above.stat().st_mode | 0o011)
