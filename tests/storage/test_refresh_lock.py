"""The refresh lock: one process at a time, and an error reaches those who waited, and nobody else."""

from __future__ import annotations

import os
import signal
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from shellvault.core import errors
from shellvault.storage.refresh_lock import RefreshLock
from tests.storage.child_processes import FORK, in_child, mount_read_only, stopped, wait_until

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
    """Return a list of processes, which are killed after the test."""
    started: list[BaseProcess] = []
    yield started
    for child in started:
        child.kill()
        child.join()


def hold(folder: Path, started: Path, end: Path, error: Exception | None = None, timeout: str = "") -> None:
    """Hold the lock, create `started`, wait for `end`, then release the lock, with an error if there is one."""
    with RefreshLock(str(folder), ID, lambda _text: None, timeout):
        started.touch()
        wait_until(end.exists)
        if error:
            raise error


def attempt(folder: Path, report: Path) -> None:
    """Take the lock, and report how that went in a file."""
    ours = report.with_suffix(f".{os.getpid()}")

    def notice(text: str) -> None:
        report.with_suffix(".notice").write_text(text)

    try:
        with RefreshLock(str(folder), ID, notice):
            ours.write_text("held it\n")
    except errors.ShellvaultError as error:
        ours.write_text(f"{type(error).__name__}\n{error.message}\n{error.hint}\n")


def start(children: list[BaseProcess], work: Callable[..., None], *arguments: object) -> BaseProcess:
    """Start a process."""
    child = FORK.Process(target=work, args=arguments)
    child.start()
    children.append(child)
    return child


def waiters(children: list[BaseProcess], tmp_path: Path, count: int) -> list[BaseProcess]:
    """Start processes that wait for the lock, and return once all of them wait."""
    started = [start(children, attempt, tmp_path / "locks", tmp_path / "report") for _ in range(count)]
    wait_until(lambda: all(_waits(child) for child in started))
    return started


def _waits(child: BaseProcess) -> bool:
    """Return whether a process has the lock file open."""
    try:
        return any(link.readlink().name == ID for link in Path(f"/proc/{child.pid}/fd").iterdir())
    except FileNotFoundError:  # it closed a file meanwhile
        return False


def outcomes(tmp_path: Path, processes: list[BaseProcess]) -> list[str]:
    """Return what processes reported, when they are done."""
    for process in processes:
        process.join(30)
    return [(tmp_path / f"report.{process.pid}").read_text() for process in processes]


@pytest.mark.parametrize("kind", SHARED)
def test_those_who_waited_get_the_error_of_the_holder(
    tmp_path: Path, children: list[BaseProcess], kind: type[errors.ShellvaultError]
) -> None:
    """With its type, message and hint; a command that starts later tries again."""
    locks, started, end = tmp_path / "locks", tmp_path / "started", tmp_path / "end"
    start(children, hold, locks, started, end, kind("it\nfailed: ünï", "type this"))
    wait_until(started.exists)
    waiting = waiters(children, tmp_path, 3)
    end.touch()
    assert outcomes(tmp_path, waiting) == [f"{kind.__name__}\nit failed: ünï\ntype this\n"] * 3
    late = start(children, attempt, locks, tmp_path / "report")
    assert outcomes(tmp_path, [late]) == ["held it\n"]


def test_a_cancelled_refresh_is_not_repeated_by_those_who_waited(tmp_path: Path, children: list[BaseProcess]) -> None:
    """After Ctrl-C at a prompt, nobody else is asked the same question."""
    locks, started, end = tmp_path / "locks", tmp_path / "started", tmp_path / "end"
    holder = start(children, hold, locks, started, end)
    wait_until(started.exists)
    waiting = waiters(children, tmp_path, 2)
    os.kill(holder.pid or 0, signal.SIGINT)
    assert outcomes(tmp_path, waiting) == ["PersonNeededError\nthe refresh was cancelled in another shell\n\n"] * 2


@pytest.mark.parametrize("kind", [errors.UsageError, errors.NotAskedError, errors.LockedError])
def test_an_error_that_concerns_only_the_holder_is_not_shared(
    tmp_path: Path, children: list[BaseProcess], kind: type[errors.ShellvaultError]
) -> None:
    """A usage error is its own; and where it could not ask the user, those who waited perhaps can."""
    locks, started, end = tmp_path / "locks", tmp_path / "started", tmp_path / "end"
    start(children, hold, locks, started, end, kind("mine"))
    wait_until(started.exists)
    waiting = waiters(children, tmp_path, 2)
    end.touch()
    assert outcomes(tmp_path, waiting) == ["held it\n"] * 2


@pytest.mark.parametrize(
    ("timeout", "outcome"), [("2s", "held it"), ("30s", "AwsUnreachableError"), ("", "AwsUnreachableError")]
)
def test_those_who_would_wait_longer_for_aws_try_for_themselves(
    tmp_path: Path, children: list[BaseProcess], timeout: str, outcome: str
) -> None:
    """A refresh in the background gives up early; a slow network must not make a command in the foreground fail."""
    locks, started, end = tmp_path / "locks", tmp_path / "started", tmp_path / "end"
    start(children, hold, locks, started, end, errors.AwsUnreachableError("too slow"), timeout)
    wait_until(started.exists)
    waiting = waiters(children, tmp_path, 2)
    end.touch()
    assert [text.split("\n")[0] for text in outcomes(tmp_path, waiting)] == [outcome] * 2


def test_a_killed_holder_releases_the_lock(tmp_path: Path, children: list[BaseProcess]) -> None:
    """After SIGKILL, those who waited get the lock, one after the other."""
    locks, started = tmp_path / "locks", tmp_path / "started"
    holder = start(children, hold, locks, started, tmp_path / "never")
    wait_until(started.exists)
    waiting = waiters(children, tmp_path, 3)
    holder.kill()
    assert outcomes(tmp_path, waiting) == ["held it\n"] * 3


def test_a_long_wait_is_reported(tmp_path: Path, children: list[BaseProcess]) -> None:
    """The user learns why nothing happens, and the command goes on to get the lock."""
    locks, started, end = tmp_path / "locks", tmp_path / "started", tmp_path / "end"
    start(children, hold, locks, started, end)
    wait_until(started.exists)
    waiting = waiters(children, tmp_path, 1)
    wait_until((tmp_path / "report.notice").exists)
    end.touch()
    assert outcomes(tmp_path, waiting) == ["held it\n"]
    assert (tmp_path / "report.notice").read_text() == "waiting for another shell to get this session"


def test_two_identities_do_not_wait_for_each_other(tmp_path: Path) -> None:
    """Each has a lock of its own."""
    folder = str(tmp_path / "locks")
    with RefreshLock(folder, "one", pytest.fail), RefreshLock(folder, "two", pytest.fail):
        assert sorted(file.name for file in (tmp_path / "locks").iterdir()) == ["one", "two"]


@pytest.mark.parametrize("error", [None, errors.AwsUnreachableError("down"), errors.UsageError("mine")])
def test_no_lock_file_is_left(tmp_path: Path, error: Exception | None) -> None:
    """Neither after success nor after an error."""
    (tmp_path / "end").touch()
    with suppress(errors.ShellvaultError):
        hold(tmp_path / "locks", tmp_path / "started", tmp_path / "end", error)
    assert list((tmp_path / "locks").iterdir()) == []


@pytest.mark.parametrize("left", ["", "x", "1.2.3\n8\n", "²\n8\n", "1\n8\nm\nh", "\x00" * 9000, "soon\n8\nm\nh"])
def test_a_stale_lock_file_does_no_harm(tmp_path: Path, left: str) -> None:
    """After a power failure or by another program it may hold anything: garbage, or an error of long ago."""
    (tmp_path / ID).write_text(left)
    with RefreshLock(str(tmp_path), ID, pytest.fail):
        pass
    assert list(tmp_path.iterdir()) == []


def test_without_a_lock_folder_it_goes_on_unlocked(tmp_path: Path) -> None:
    """The vault may still be readable. A notice tells the user."""
    (tmp_path / "file").write_text("")
    notices: list[str] = []
    with RefreshLock(str(tmp_path / "file"), ID, notices.append):
        pass
    assert notices == [f"cannot write {tmp_path}/file/{ID}: File exists; going on without a lock"]


def test_a_read_only_file_system_needs_no_lock(tmp_path: Path) -> None:
    """Sessions are cached elsewhere, and the vault can be read."""

    def child() -> list[str]:
        notices: list[str] = []
        mount_read_only(str(tmp_path))
        with RefreshLock(str(tmp_path / "locks"), ID, notices.append):
            return notices

    assert in_child(child) == [f"cannot write {tmp_path}/locks/{ID}: Read-only file system; going on without a lock"]


def test_a_stopped_holder_is_bypassed(tmp_path: Path, children: list[BaseProcess]) -> None:
    """The waiting processes name it, and proceed in turn. When it continues, it does not remove their lock."""
    locks, started, end = tmp_path / "locks", tmp_path / "started", tmp_path / "end"
    holder = start(children, hold, locks, started, end)
    wait_until(started.exists)
    with stopped(holder.pid or 0):
        waiting = waiters(children, tmp_path, 3)
        assert outcomes(tmp_path, waiting) == ["held it\n"] * 3
        notice = (tmp_path / "report.notice").read_text()
    assert notice == f"process {holder.pid} is getting this session and does not answer; going on without it"
    with RefreshLock(str(locks), ID, pytest.fail):
        end.touch()
        holder.join()
        assert [file.name for file in locks.iterdir()] == [ID]


def test_processes_that_bypass_a_stopped_holder_take_turns(tmp_path: Path, children: list[BaseProcess]) -> None:
    """One of them holds the next lock, and the others wait for it."""
    locks, started = tmp_path / "locks", tmp_path / "started"
    holder = start(children, hold, locks, started, tmp_path / "never")
    wait_until(started.exists)
    with stopped(holder.pid or 0):
        start(children, hold, locks, tmp_path / "second", tmp_path / "end")
        wait_until((tmp_path / "second").exists)
        waiting = waiters(children, tmp_path, 2)
        assert not list(tmp_path.glob("report.*[0-9]"))
        (tmp_path / "end").touch()
        assert outcomes(tmp_path, waiting) == ["held it\n"] * 2
