"""Child processes for tests: as another user, with system calls forbidden, or held up."""

from __future__ import annotations

import ctypes
import multiprocessing
import os
import secrets
import signal
import time
import traceback
from contextlib import contextmanager
from typing import TYPE_CHECKING, TypeVar

from tests.agent.without_kernel_keyring import IF_EQUAL, LOAD, NUMBERS, forbid_calls

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from multiprocessing.connection import Connection

Returned = TypeVar("Returned")

FORK = multiprocessing.get_context("fork")
NOBODY = 65534


def wait_until(condition: Callable[[], bool]) -> None:
    """Wait until a condition holds, or fail."""
    for _ in range(1000):
        if condition():
            return
        time.sleep(0.02)
    raise AssertionError("it never happened")


@contextmanager
def stopped(process: int) -> Iterator[None]:
    """Stop a process, and let it continue afterwards."""
    os.kill(process, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(process, signal.SIGCONT)


@contextmanager
def running(work: Callable[[], object]) -> Iterator[int]:
    """Run a function in its own process, which is killed afterwards; yield its process id."""
    process = FORK.Process(target=work)
    process.start()
    try:
        yield process.pid or 0
    finally:
        process.kill()
        process.join()


def in_child(work: Callable[[], Returned]) -> Returned:
    """Return what a function returns in a process of its own."""
    ours, theirs = FORK.Pipe(duplex=False)
    process = FORK.Process(target=_report, args=(theirs, work))
    process.start()
    theirs.close()
    try:
        result, problem = ours.recv()
    finally:
        process.join()
    assert not problem, problem
    returned: Returned = result
    return returned


def _report(pipe: Connection, work: Callable[[], Returned]) -> None:
    try:
        pipe.send((work(), ""))
    except BaseException:  # noqa: BLE001 - it reaches the test as text
        pipe.send((None, traceback.format_exc()))


def become_nobody() -> None:
    """Turn this child into another user, one with an ordinary quota of keys."""
    os.setgroups([])
    os.setgid(NOBODY)
    os.setuid(NOBODY)


def become_somebody_new() -> None:
    """Switch this child process to an unused user ID, with an ordinary and still empty key quota."""
    user = secrets.randbelow(1 << 30) + 100_000
    os.setgroups([])
    os.setgid(user)
    os.setuid(user)


def forbid_keyctl(operation: int) -> None:
    """Deny this child one operation on keys for good."""
    keyctl = NUMBERS[os.uname().machine][-1]
    first_argument = 16  # where the kernel shows it to filters
    forbid_calls((LOAD, 0, 0, 0), (IF_EQUAL, 0, 3, keyctl), (LOAD, 0, 0, first_argument), (IF_EQUAL, 0, 1, operation))


def forbid_locks(error: int) -> None:
    """Make flock fail in this child for good, as on file systems without locks."""
    forbid_calls((LOAD, 0, 0, 0), (IF_EQUAL, 0, 1, {"x86_64": 73, "aarch64": 32}[os.uname().machine]), answer=error)


def mount_read_only(folder: str) -> None:
    """Make a folder read-only, for this child only."""
    libc = ctypes.CDLL(None, use_errno=True)
    new_mounts, private, bind, read_only = 0x00020000, 0x44000, 0x1000, 0x1021
    assert libc.unshare(new_mounts) == 0
    assert libc.mount(b"none", b"/", None, private, None) == 0
    for flags in (bind, read_only):
        assert libc.mount(folder.encode(), folder.encode(), None, flags, None) == 0
