"""Stamps: what hooks read in them, and when direnv takes them for changed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from shellvault.core.model import Session
from shellvault.core.record import Secret
from shellvault.storage import status_file

if TYPE_CHECKING:
    from pathlib import Path

MFA, LOCKED, UNREACHABLE = 6, 5, 8


def session(expires_at: int) -> Session:
    """Return a session that ends then."""
    return Session("ASIAEXAMPLE", Secret("secret"), Secret("token"), expires_at=expires_at, refresh_at=expires_at - 900)


@pytest.fixture
def stamp(tmp_path: Path) -> Path:
    """Return a stamp that tells of a session until 5000."""
    path = tmp_path / "stamps" / "one"
    status_file.record_renewal(str(path), session(5000))
    return path


def modified(stamp: Path) -> int:
    """Return the whole second that direnv compares."""
    return int(stamp.stat().st_mtime)


def test_it_holds_two_times_and_a_word(stamp: Path) -> None:
    """No secret; nobody else may read it, and nothing lies beside it."""
    assert stamp.read_text() == "4100 5000 ok\n"
    assert (stamp.stat().st_mode & 0o777, stamp.parent.stat().st_mode & 0o777) == (0o600, 0o700)
    assert list(stamp.parent.iterdir()) == [stamp]


def test_the_same_session_changes_nothing(stamp: Path) -> None:
    """Else every shell that looks at the session would have direnv load it again."""
    before = (modified(stamp), stamp.stat().st_ino)
    status_file.record_renewal(str(stamp), session(5000))
    assert (modified(stamp), stamp.stat().st_ino) == before


@pytest.mark.parametrize("later", [5000, 5001, 4000])
def test_another_session_is_another_second(stamp: Path, later: int) -> None:
    """Two sessions in a second too, and one that ends earlier; the time never goes back."""
    before = modified(stamp)
    status_file.record_failure(str(stamp), UNREACHABLE)
    status_file.record_renewal(str(stamp), session(later))
    assert modified(stamp) > before


@pytest.mark.parametrize(("status", "word"), [(MFA, "mfa"), (LOCKED, "locked"), (UNREACHABLE, "failed"), (7, "failed")])
def test_a_failure_is_a_word_for_hooks_and_no_news_for_direnv(stamp: Path, status: int, word: str) -> None:
    """The times stay; to load an .envrc again would only fail again."""
    before = modified(stamp)
    status_file.record_failure(str(stamp), status)
    assert stamp.read_text() == f"4100 5000 {word}\n"
    assert modified(stamp) == before


@pytest.mark.parametrize("garbage", ["", "\n", "soon later ok", "1 2", "1 2 ok more", "\xff\n"])
def test_garbage_in_a_stamp_is_as_good_as_none(stamp: Path, garbage: str) -> None:
    """It is replaced by the next session."""
    stamp.write_text(garbage, encoding="latin-1")
    status_file.record_failure(str(stamp), MFA)
    assert stamp.read_text() == "0 0 mfa\n"
    status_file.record_renewal(str(stamp), session(6000))
    assert stamp.read_text() == "5100 6000 ok\n"


def test_a_stamp_that_cannot_be_written_stops_nobody(tmp_path: Path) -> None:
    """A file stands where the folder should be."""
    (tmp_path / "stamps").write_text("")
    status_file.record_renewal(str(tmp_path / "stamps" / "one"), session(5000))
    status_file.record_failure(str(tmp_path / "stamps" / "one"), MFA)


def test_it_lies_where_logging_out_removes_it_and_apart_for_each_home_and_profile(tmp_path: Path) -> None:
    """XDG_RUNTIME_DIR, where it is a whole path; else shellvault's own folder."""
    runtime = {"XDG_RUNTIME_DIR": str(tmp_path)}
    paths = {status_file.path(runtime, home, profile) for home in ("/a", "/b") for profile in ("one", "two", "../one")}
    assert len(paths) == 6
    assert {path.rpartition("/")[0] for path in paths} == {f"{tmp_path}/shellvault"}
    assert status_file.path({"XDG_RUNTIME_DIR": "run"}, "/a", "one").startswith("/a/stamps/")
