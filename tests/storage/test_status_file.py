"""Status files: what hooks read in them, and when direnv considers them changed."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from shellvault.core.errors import (
    AwsUnreachableError,
    LockedError,
    NotAskedError,
    ShellvaultError,
    VaultUnavailableError,
)
from shellvault.core.model import Session
from shellvault.core.record import Secret
from shellvault.storage import status_file

if TYPE_CHECKING:
    from pathlib import Path

MFA, LOCKED, DAMAGED, UNREACHABLE = (
    kind("why") for kind in (NotAskedError, LockedError, VaultUnavailableError, AwsUnreachableError)
)


def session(expires_at: int) -> Session:
    """Return a session that expires then."""
    return Session("ASIAEXAMPLE", Secret("secret"), Secret("token"), expires_at=expires_at, refresh_at=expires_at - 900)


@pytest.fixture
def status(tmp_path: Path) -> Path:
    """Return a status file with a session until 5000."""
    path = tmp_path / "files" / "one"
    status_file.record_renewal(str(path), session(5000))
    return path


def modified(status: Path) -> int:
    """Return the whole second that direnv compares."""
    return int(status.stat().st_mtime)


def test_it_holds_two_times_and_a_state(status: Path) -> None:
    """It holds no secret, only its owner may read it, and nothing is left beside it."""
    assert status.read_text() == "4100 5000 ok\n"
    assert (status.stat().st_mode & 0o777, status.parent.stat().st_mode & 0o777) == (0o600, 0o700)
    assert list(status.parent.iterdir()) == [status]


def test_the_same_session_changes_nothing(status: Path) -> None:
    """Otherwise direnv would reload whenever a shell looks at the session."""
    before = (modified(status), status.stat().st_ino)
    status_file.record_renewal(str(status), session(5000))
    assert (modified(status), status.stat().st_ino) == before


@pytest.mark.parametrize("later", [5000, 5001, 4000])
def test_another_session_changes_the_modification_time(status: Path, later: int) -> None:
    """By whole seconds, and never backwards: also for two sessions within a second, and one that expires earlier."""
    before = modified(status)
    status_file.record_failure(str(status), UNREACHABLE)
    status_file.record_renewal(str(status), session(later))
    assert modified(status) > before


@pytest.mark.parametrize(
    ("error", "word"), [(MFA, "mfa"), (LOCKED, "locked"), (DAMAGED, "failed"), (UNREACHABLE, "failed")]
)
def test_a_failure_changes_the_state_for_hooks_and_nothing_for_direnv(
    status: Path, error: ShellvaultError, word: str
) -> None:
    """The times stay, because reloading an .envrc would only fail again."""
    before = modified(status)
    status_file.record_failure(str(status), error)
    assert status.read_text() == f"4100 5000 {word}\n"
    assert modified(status) == before


@pytest.mark.parametrize("garbage", ["", "\n", "soon later ok", "1 2", "1 2 ok more", "\xff\n"])
def test_garbage_counts_as_no_status(status: Path, garbage: str) -> None:
    """The next session replaces it."""
    status.write_text(garbage, encoding="latin-1")
    status_file.record_failure(str(status), MFA)
    assert status.read_text() == "0 0 mfa\n"
    status_file.record_renewal(str(status), session(6000))
    assert status.read_text() == "5100 6000 ok\n"


def test_a_status_that_cannot_be_written_is_no_error(tmp_path: Path) -> None:
    """Such as where a file is in place of the folder."""
    (tmp_path / "files").write_text("")
    status_file.record_renewal(str(tmp_path / "files" / "one"), session(5000))
    status_file.record_failure(str(tmp_path / "files" / "one"), MFA)


def test_each_home_and_profile_has_its_own_file() -> None:
    """A profile name cannot lead out of the folder."""
    paths = {status_file.find_path(home, profile) for home in ("/a", "/b") for profile in ("one", "two", "../one")}
    assert len(paths) == 6
    assert {path.rpartition("/")[0] for path in paths} == {"/a/stamps", "/b/stamps"}


def test_a_killed_writer_does_not_block_others(status: Path) -> None:
    """The next one removes what it left behind."""
    status.with_name(f"{status.name}.0123abcd.shellvault-new").write_text("half")
    status_file.record_renewal(str(status), session(6000))
    assert status.read_text() == "5100 6000 ok\n"
    assert list(status.parent.iterdir()) == [status]


@pytest.mark.usefixtures("limited")
def test_a_pipe_or_link_in_place_of_the_status_file_is_replaced(status: Path, tmp_path: Path) -> None:
    """The pipe does not block, and the link is not followed."""
    status.unlink()
    os.mkfifo(status)
    status_file.record_renewal(str(status), session(6000))
    assert status.read_text() == "5100 6000 ok\n"
    (tmp_path / "victim").write_text("precious")
    status.unlink()
    status.symlink_to(tmp_path / "victim")
    status_file.record_renewal(str(status), session(7000))
    assert (status.read_text(), (tmp_path / "victim").read_text()) == ("6100 7000 ok\n", "precious")
