"""The sealed file under fire: many writers, killed writers, a full disk; nothing that was acknowledged is lost."""

from __future__ import annotations

import contextlib
import ctypes
import errno
import os
import random
import resource
import signal
import subprocess
import time
from typing import TYPE_CHECKING

import pytest

from shellvault.core.errors import VaultUnavailableError
from tests.storage.sealed_support import FORK, in_child, own_kernel, sealed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from multiprocessing.connection import Connection
    from pathlib import Path

    from shellvault.storage.kernel_keyring import KernelKeyring

WRITERS = 20
KILLS = 200
LONGEST_LIFE = 0.03  # seconds; several writes
NAMES_IN_TURN = 20
NEW_MOUNTS = 0x00020000


@pytest.fixture
def kernel() -> Iterator[KernelKeyring]:
    """Give a kernel keyring under a prefix of its own."""
    with own_kernel() as kernel:
        yield kernel


def all_at_once(work: Callable[[int], None]) -> None:
    """Do something in many processes at once, and see all of them succeed."""
    processes = [FORK.Process(target=work, args=(number,)) for number in range(WRITERS)]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    assert [process.exitcode for process in processes] == [0] * WRITERS


def test_twenty_writers_at_once_lose_nothing(tmp_path: Path, kernel: KernelKeyring) -> None:
    """Every process finds its own entries and everybody else's."""
    sealed(tmp_path, kernel).set("before", "x")

    def write(number: int) -> None:
        for turn in range(3):
            sealed(tmp_path, kernel).set(f"{number}-{turn}", f"secret {number}-{turn}")

    all_at_once(write)
    vault = sealed(tmp_path, kernel)
    assert len(vault.names()) == 1 + 3 * WRITERS
    assert all(vault.get(name) == f"secret {name}" for name in vault.names() if name != "before")


def test_twenty_processes_that_make_the_vault_at_once_make_one(tmp_path: Path, kernel: KernelKeyring) -> None:
    """One is first; the others open what it made, and nobody's first entry is lost."""
    all_at_once(lambda number: sealed(tmp_path, kernel).set(str(number), "x"))
    assert len(sealed(tmp_path, kernel).names()) == WRITERS


def test_a_reader_never_meets_an_error_while_others_write(tmp_path: Path, kernel: KernelKeyring) -> None:
    """Without any lock, each reading is the state before a write or after it."""
    sealed(tmp_path, kernel).set("a", "0")

    def write() -> None:
        for number in range(1, 300):
            sealed(tmp_path, kernel).set("a", str(number))

    writer = FORK.Process(target=write)
    writer.start()
    seen = []
    while writer.is_alive():
        seen.append(int(sealed(tmp_path, kernel).get("a") or -1))
    writer.join()
    assert writer.exitcode == 0
    assert seen == sorted(seen)
    assert min(seen) >= 0


def test_killed_writers_lose_nothing_acknowledged(tmp_path: Path, kernel: KernelKeyring) -> None:
    """At 200 random moments a writer is killed: the file is readable, and as new as the last acknowledgement."""
    sealed(tmp_path, kernel).set("0", "0")
    newest = {"0": 0}
    dice = random.Random()  # noqa: S311 - moments, no secrets
    for _ in range(KILLS):
        ours, theirs = FORK.Pipe(duplex=False)
        writer = FORK.Process(target=write_for_ever, args=(theirs, tmp_path, kernel, max(newest.values()) + 1))
        writer.start()
        theirs.close()
        ours.recv()
        time.sleep(dice.uniform(0, LONGEST_LIFE))
        os.kill(writer.pid or 0, signal.SIGKILL)
        writer.join()
        newest |= acknowledged(ours)
        vault = sealed(tmp_path, kernel)
        stored = {name: int(vault.get(name) or -1) for name in vault.names()}
        assert all(stored[name] >= number for name, number in newest.items())
        newest = stored
    assert max(newest.values()) > KILLS


def write_for_ever(pipe: Connection, folder: Path, kernel: KernelKeyring, number: int) -> None:
    """Write ever higher numbers, and tell of each after it is stored."""
    vault = sealed(folder, kernel)
    pipe.send(None)
    while True:
        vault.set(str(number % NAMES_IN_TURN), str(number))
        pipe.send(number)
        number += 1


def acknowledged(pipe: Connection) -> dict[str, int]:
    """Return the last number that a killed writer told, by name."""
    told = {}
    with contextlib.suppress(EOFError):
        while True:
            number = pipe.recv()
            told[str(number % NAMES_IN_TURN)] = number
    return told


def test_a_full_disk_loses_nothing(tmp_path: Path, kernel: KernelKeyring) -> None:
    """Each write succeeds or is refused as a whole, and what is deleted makes room again."""

    def child() -> None:
        reason = shrink_disk(tmp_path)
        assert reason in fill_until_refused(tmp_path / "home", kernel)
        assert sealed(tmp_path / "home", kernel).delete("entry-0")
        sealed(tmp_path / "home", kernel).set("after", "x")

    in_child(child)


def test_a_write_that_is_cut_short_loses_nothing(tmp_path: Path, kernel: KernelKeyring) -> None:
    """A limit on file sizes leaves the old file, and no half of a new one."""

    def child() -> None:
        reason = limit_files()
        assert reason in fill_until_refused(tmp_path, kernel)

    in_child(child)


def shrink_disk(folder: Path) -> str:
    """Give this child a small disk, or where mounting is forbidden small files; return what the system will say."""
    if ctypes.CDLL(None).unshare(NEW_MOUNTS) != 0:
        return limit_files()
    subprocess.run(["mount", "--make-rprivate", "/"], check=True)
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k,mode=700", "tmpfs", str(folder)], check=True)
    return os.strerror(errno.ENOSPC)


def limit_files() -> str:
    """Allow this child small files only; return what the system will say."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (16 << 10, 16 << 10))
    return os.strerror(errno.EFBIG)


def fill_until_refused(folder: Path, kernel: KernelKeyring) -> str:
    """Store entries until one is refused, see that all before it are still there, and return the refusal's message."""
    vault = sealed(folder, kernel)
    stored: list[str] = []

    def fill() -> None:
        for number in range(100):
            vault.set(f"entry-{number}", "x" * 3000)
            stored.append(f"entry-{number}")

    with pytest.raises(VaultUnavailableError) as raised:
        fill()
    assert raised.value.hint.startswith("nothing was changed; make room on its disk: df -h ")
    assert stored
    assert vault.names() == sorted(stored)
    assert sorted(path.name for path in folder.iterdir()) == ["vault.lock", "vault.old", "vault.sealed"]
    assert not (folder / "vault.old").samefile(folder / "vault.sealed")
    return raised.value.message
