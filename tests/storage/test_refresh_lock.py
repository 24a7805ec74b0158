"""Whose turn it is: one process at a time, and a failure is told to those who waited, and to nobody else."""

from __future__ import annotations

import os
import signal
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from shellvault.core import errors
from shellvault.storage.refresh_lock import RefreshLocks
from shellvault.system.file_lock import FileLock
from tests.storage.sealed_support import FORK, eventually

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from multiprocessing.process import BaseProcess

ID = "0123abcd"
SHARED = (
    errors.VaultUnavailableError,
    errors.PersonNeededError,
    errors.AwsRefusedError,
    errors.AwsUnreachableError,
)


@pytest.fixture
def children() -> Iterator[list[BaseProcess]]:
    """Return a list whose processes are ended after the test."""
    started: list[BaseProcess] = []
    yield started
    for child in started:
        child.kill()
        child.join()


def take(folder: Path, began: Path, end: Path, error: Exception | None = None) -> None:
    """Hold the turn from `began` until `end` is there, then end it, by the error where there is one."""
    with RefreshLocks(str(folder), lambda _text: None).turn(ID):
        began.touch()
        eventually(end.exists)
        if error:
            raise error


def attempt(folder: Path, told: Path) -> None:
    """Take the turn and write down how that went."""
    ours = told.with_suffix(f".{os.getpid()}")
    try:
        with RefreshLocks(str(folder), lambda _text: told.with_suffix(".waiting").touch()).turn(ID):
            ours.write_text("had it\n")
    except errors.ShellvaultError as error:
        ours.write_text(f"{type(error).__name__}\n{error.message}\n{error.hint}\n")


def start(children: list[BaseProcess], work: Callable[..., None], *arguments: object) -> BaseProcess:
    """Start a process."""
    child = FORK.Process(target=work, args=arguments)
    child.start()
    children.append(child)
    return child


def waiters(children: list[BaseProcess], tmp_path: Path, count: int) -> list[BaseProcess]:
    """Start processes that wait for the turn, and return once all of them do."""
    started = [start(children, attempt, tmp_path / "locks", tmp_path / "told") for _ in range(count)]
    eventually(lambda: all(_waits(child) for child in started))
    return started


def _waits(child: BaseProcess) -> bool:
    """Say whether a process has the lock's file open."""
    try:
        return any(link.readlink().name == ID for link in Path(f"/proc/{child.pid}/fd").iterdir())
    except FileNotFoundError:  # it closed one while we looked
        return False


def outcomes(tmp_path: Path, processes: list[BaseProcess]) -> list[str]:
    """Return what processes wrote down, when they are done."""
    for process in processes:
        process.join(30)
    return [(tmp_path / f"told.{process.pid}").read_text() for process in processes]


@pytest.mark.parametrize("kind", SHARED)
def test_those_who_waited_meet_the_holders_failure(
    tmp_path: Path, children: list[BaseProcess], kind: type[errors.ShellvaultError]
) -> None:
    """With its kind, message and hint; somebody who comes later begins afresh."""
    locks, began, end = tmp_path / "locks", tmp_path / "began", tmp_path / "end"
    start(children, take, locks, began, end, kind("it\nfailed: ünï", "type this"))
    eventually(began.exists)
    waiting = waiters(children, tmp_path, 3)
    end.touch()
    assert outcomes(tmp_path, waiting) == [f"{kind.__name__}\nit failed: ünï\ntype this\n"] * 3
    late = start(children, attempt, locks, tmp_path / "told")
    assert outcomes(tmp_path, [late]) == ["had it\n"]


def test_a_cancelled_refresh_is_not_repeated_by_those_who_waited(tmp_path: Path, children: list[BaseProcess]) -> None:
    """Ctrl-C at a question asks nobody else the same question."""
    locks, began, end = tmp_path / "locks", tmp_path / "began", tmp_path / "end"
    holder = start(children, take, locks, began, end)
    eventually(began.exists)
    waiting = waiters(children, tmp_path, 2)
    os.kill(holder.pid or 0, signal.SIGINT)
    assert outcomes(tmp_path, waiting) == ["PersonNeededError\nthe refresh was cancelled in another shell\n\n"] * 2


@pytest.mark.parametrize("kind", [errors.UsageError, errors.NotAskedError, errors.LockedError])
def test_what_is_the_holders_own_affair_is_not_shared(
    tmp_path: Path, children: list[BaseProcess], kind: type[errors.ShellvaultError]
) -> None:
    """A usage error is its own mistake; and where it could not ask a person, those who waited perhaps can."""
    locks, began, end = tmp_path / "locks", tmp_path / "began", tmp_path / "end"
    start(children, take, locks, began, end, kind("mine"))
    eventually(began.exists)
    waiting = waiters(children, tmp_path, 2)
    end.touch()
    assert outcomes(tmp_path, waiting) == ["had it\n"] * 2


def test_a_killed_holder_is_followed_by_the_next(tmp_path: Path, children: list[BaseProcess]) -> None:
    """SIGKILL leaves no lock behind, and those who waited have their turns."""
    locks, began = tmp_path / "locks", tmp_path / "began"
    holder = start(children, take, locks, began, tmp_path / "never")
    eventually(began.exists)
    waiting = waiters(children, tmp_path, 3)
    holder.kill()
    assert outcomes(tmp_path, waiting) == ["had it\n"] * 3


def test_waiting_long_is_told(tmp_path: Path, children: list[BaseProcess]) -> None:
    """A person learns why nothing happens; and the turn comes all the same."""
    locks, began, end = tmp_path / "locks", tmp_path / "began", tmp_path / "end"
    start(children, take, locks, began, end)
    eventually(began.exists)
    waiting = waiters(children, tmp_path, 1)
    eventually((tmp_path / "told.waiting").exists)
    end.touch()
    assert outcomes(tmp_path, waiting) == ["had it\n"]


def test_two_identities_do_not_wait_for_each_other(tmp_path: Path) -> None:
    """Each has a lock of its own."""
    turns = RefreshLocks(str(tmp_path / "locks"), pytest.fail)
    with turns.turn("one"), turns.turn("two"):
        assert sorted(file.name for file in (tmp_path / "locks").iterdir()) == ["one", "two"]


@pytest.mark.parametrize("error", [None, errors.AwsUnreachableError("down"), errors.UsageError("mine")])
def test_no_file_is_left(tmp_path: Path, error: Exception | None) -> None:
    """Neither after success nor after failure."""
    (tmp_path / "now").touch()
    with suppress(errors.ShellvaultError):
        take(tmp_path / "locks", tmp_path / "began", tmp_path / "now", error)
    assert list((tmp_path / "locks").iterdir()) == []


@pytest.mark.parametrize("left", ["", "x", "1.2.3\n8\n", "²\n8\n", "1\n8\nm\nh", "\x00" * 9000, "soon\n8\nm\nh"])
def test_a_file_that_was_left_behind_stops_nobody(tmp_path: Path, left: str) -> None:
    """A power failure or another program may leave anything in a lock file: garbage, or a failure of long ago."""
    (tmp_path / ID).write_text(left)
    with RefreshLocks(str(tmp_path), pytest.fail).turn(ID):
        pass
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_cannot_be_written_is_an_error_that_names_it(tmp_path: Path) -> None:
    """Status 5, not a traceback."""
    (tmp_path / "file").write_text("")
    with (
        pytest.raises(errors.VaultUnavailableError, match=f"cannot write {tmp_path}/file/{ID}: File exists"),
        RefreshLocks(str(tmp_path / "file"), pytest.fail).turn(ID),
    ):
        pass


def test_a_lock_is_never_a_symbolic_link(tmp_path: Path) -> None:
    """Nobody can make us empty or remove a file elsewhere."""
    (tmp_path / "other").write_text("kept")
    (tmp_path / "lock").symlink_to(tmp_path / "other")
    with pytest.raises(errors.VaultUnavailableError, match="cannot write"), FileLock(str(tmp_path / "lock")):
        pass
    assert (tmp_path / "other").read_text() == "kept"
