"""The lock between processes, in each of its forms."""

from __future__ import annotations

import errno
import os
import time
from typing import TYPE_CHECKING

import pytest

from shellvault.core.errors import UsageError, VaultUnavailableError
from shellvault.system.file_lock import FileLock, exclusive_or_refuse
from tests.storage.child_processes import FORK, forbid_locks, in_child, running, stopped, wait_until

TOO_LONG = 10_000  # seconds

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def test_a_lock_that_is_not_waited_for_is_refused_at_once(tmp_path: Path) -> None:
    """With the error that the caller gave; it can be taken once the other process has released it."""
    path = str(tmp_path / "locks" / "one")
    refusal = UsageError("somebody else is doing that", "wait")

    def child() -> str:
        started = time.monotonic()
        try:
            with exclusive_or_refuse(path, refusal):
                return "held it"
        except UsageError as error:
            assert time.monotonic() - started < 1
            return error.message

    with exclusive_or_refuse(path, refusal):
        assert in_child(child) == f"somebody else is doing that (process {os.getpid()})"
    assert in_child(child) == "held it"


def test_a_lock_with_a_limit_is_waited_for_that_long(tmp_path: Path) -> None:
    """And taken when it is released before that."""
    path, end = str(tmp_path / "one"), tmp_path / "end"
    refusal = UsageError("too late")

    def hold() -> None:
        with FileLock(path):
            (tmp_path / "started").touch()
            wait_until(end.exists)

    holder = FORK.Process(target=hold)
    holder.start()
    wait_until((tmp_path / "started").exists)
    started = time.monotonic()
    with pytest.raises(UsageError, match="too late"), FileLock(path, refusal=refusal, limit=0.3):
        pass
    assert time.monotonic() - started >= 0.3
    end.touch()
    with FileLock(path, refusal=refusal, limit=30):
        pass
    holder.join()


@pytest.mark.usefixtures("limited")
def test_a_lock_is_never_a_symbolic_link(tmp_path: Path) -> None:
    """Nobody can make us truncate or remove a file elsewhere."""
    (tmp_path / "other").write_text("kept")
    (tmp_path / "lock").symlink_to(tmp_path / "other")
    with pytest.raises(VaultUnavailableError, match="cannot write"), FileLock(str(tmp_path / "lock")):
        pass
    assert (tmp_path / "other").read_text() == "kept"


def test_whatever_the_umask_its_owner_can_take_a_lock_again(tmp_path: Path) -> None:
    """The lock file is readable and writable for its owner, and for nobody else."""

    def child() -> None:
        os.umask(0o777)
        with FileLock(str(tmp_path / "lock")):
            pass

    in_child(child)
    assert (tmp_path / "lock").stat().st_mode & 0o777 == 0o600


def hold(path: str, started: Path) -> None:
    """Hold a lock until the process ends."""
    with FileLock(path):
        started.touch()
        time.sleep(1000)


def test_a_stopped_holder_is_named(tmp_path: Path) -> None:
    """The wait ends, and the hint says how to resume or end the holder."""
    path, started = str(tmp_path / "lock"), tmp_path / "started"
    with running(lambda: hold(path, started)) as holder:
        wait_until(started.exists)
        with (
            stopped(holder),
            pytest.raises(VaultUnavailableError) as raised,
            FileLock(path, limit=0.1),
        ):
            pass
        assert raised.value.message == (
            f"another process holds {path}: process {holder} holds the lock and does not answer"
        )
        assert raised.value.hint == f"kill -CONT {holder} lets it go on; kill -KILL {holder} ends it"


def test_a_running_holder_is_named_too(tmp_path: Path) -> None:
    """The hint is the caller's own."""
    path, started = str(tmp_path / "lock"), tmp_path / "started"
    with running(lambda: hold(path, started)) as holder:
        wait_until(started.exists)
        with pytest.raises(UsageError) as raised, exclusive_or_refuse(path, UsageError("busy", "wait")):
            pass
    assert (raised.value.message, raised.value.hint) == (f"busy (process {holder})", "wait")


def test_waiting_for_a_stopped_holder_ends_early(tmp_path: Path) -> None:
    """Its process is named in the notice and in the error, long before the limit."""
    path, started = str(tmp_path / "lock"), tmp_path / "started"
    notices: list[str] = []
    with running(lambda: hold(path, started)) as holder:
        wait_until(started.exists)
        with (
            stopped(holder),
            pytest.raises(VaultUnavailableError, match=f"process {holder} holds the lock and does not answer"),
            FileLock(path, notice=notices.append, limit=TOO_LONG),
        ):
            pass
    assert notices == [f"waiting for process {holder}, which holds {path}"]


def test_a_running_holder_is_waited_for_with_a_notice(tmp_path: Path) -> None:
    """The lock is taken as soon as it is free."""
    path, started, told = str(tmp_path / "lock"), tmp_path / "started", tmp_path / "told"

    def hold_until_told() -> None:
        with FileLock(path):
            started.touch()
            wait_until(told.exists)

    with running(hold_until_told) as holder:
        wait_until(started.exists)
        notices: list[str] = []

        def note(text: str) -> None:
            notices.append(text)
            told.touch()

        with FileLock(path, notice=note, limit=TOO_LONG):
            assert notices == [f"waiting for process {holder}, which holds {path}"]


@pytest.mark.parametrize("problem", [errno.EOPNOTSUPP, errno.ENOLCK, errno.EIO])
def test_a_file_system_without_locks_is_used_without_locking(tmp_path: Path, problem: int) -> None:
    """A notice says so."""

    def child() -> list[str]:
        notices: list[str] = []
        forbid_locks(problem)
        with FileLock(str(tmp_path / "lock"), notice=notices.append):
            return notices

    reason = os.strerror(problem)
    assert in_child(child) == [f"cannot lock {tmp_path}/lock: {reason}; going on without a lock"]


@pytest.mark.usefixtures("limited")
@pytest.mark.parametrize("make", [os.mkfifo, os.mkdir, lambda path: os.mknod(path, 0o20600, os.makedev(1, 3))])
def test_a_lock_must_be_a_regular_file(tmp_path: Path, make: Callable[[str], None]) -> None:
    """A pipe, folder or device is refused at once, and not removed."""
    make(str(tmp_path / "lock"))
    with (
        pytest.raises(VaultUnavailableError, match=f"cannot write {tmp_path}/lock: "),
        FileLock(str(tmp_path / "lock")),
    ):
        pass
    assert (tmp_path / "lock").exists()


def test_a_bypassed_holder_does_not_remove_the_next_lock(tmp_path: Path) -> None:
    """When the old holder continues, the lock at its path belongs to somebody else."""
    path = str(tmp_path / "lock")
    with FileLock(path) as late, FileLock(path, on_wait=lambda _file, _seconds: True):
        assert late.remove()
        assert (tmp_path / "lock").exists()
        with pytest.raises(VaultUnavailableError), FileLock(path, limit=0):
            pass
