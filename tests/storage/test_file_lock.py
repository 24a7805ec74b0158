"""The lock between processes, in each of its forms."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING

import pytest

from shellvault.core.errors import UsageError, VaultUnavailableError
from shellvault.system.file_lock import FileLock, exclusive_or_refuse
from tests.storage.child_processes import FORK, in_child, wait_until

if TYPE_CHECKING:
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
