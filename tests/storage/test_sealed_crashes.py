"""The sealed file with many writers, killed writers and a full disk: nothing that was acknowledged is lost."""

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
from tests.full_size import Note, scale
from tests.storage.child_processes import FORK, in_child
from tests.storage.sealed_vaults import open_sealed_file, stored_names

if TYPE_CHECKING:
    from collections.abc import Callable
    from multiprocessing.connection import Connection
    from pathlib import Path

    from shellvault.storage.kernel_keyring import KernelKeyring

WRITERS = 20
KILLS = scale(1_000)
LONGEST_LIFE = 0.03  # seconds; several writes
NAMES = 20
NEW_MOUNTS = 0x00020000


def run_concurrently(work: Callable[[int], None]) -> None:
    """Do something in many processes at a time, all of which must succeed."""
    processes = [FORK.Process(target=work, args=(number,)) for number in range(WRITERS)]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    assert [process.exitcode for process in processes] == [0] * WRITERS


def test_twenty_concurrent_writers_lose_nothing(tmp_path: Path, kernel: KernelKeyring) -> None:
    """The entries of every process are there."""
    open_sealed_file(tmp_path, kernel).set("before", "x")

    def write(number: int) -> None:
        for turn in range(3):
            open_sealed_file(tmp_path, kernel).set(f"{number}-{turn}", f"secret {number}-{turn}")

    run_concurrently(write)
    vault = open_sealed_file(tmp_path, kernel)
    assert len(stored_names(vault)) == 1 + 3 * WRITERS
    assert all(vault.get(name) == f"secret {name}" for name in stored_names(vault) if name != "before")


def test_twenty_processes_that_create_the_vault_create_one(tmp_path: Path, kernel: KernelKeyring) -> None:
    """The first one creates it, the others open it, and the first entry of each is there."""
    run_concurrently(lambda number: open_sealed_file(tmp_path, kernel).set(str(number), "x"))
    assert len(stored_names(open_sealed_file(tmp_path, kernel))) == WRITERS


def test_a_reader_gets_no_error_while_others_write(tmp_path: Path, kernel: KernelKeyring) -> None:
    """Without a lock, it reads the state before a write or after it."""
    open_sealed_file(tmp_path, kernel).set("a", "0")

    def write() -> None:
        for number in range(1, 300):
            open_sealed_file(tmp_path, kernel).set("a", str(number))

    writer = FORK.Process(target=write)
    writer.start()
    seen = []
    while writer.is_alive():
        seen.append(int(open_sealed_file(tmp_path, kernel).get("a") or -1))
    writer.join()
    assert writer.exitcode == 0
    assert seen == sorted(seen)
    assert min(seen) >= 0


def test_killed_writers_lose_nothing_that_was_acknowledged(
    tmp_path: Path, kernel: KernelKeyring, record_property: Note
) -> None:
    """Killed at random moments, they leave a readable file, as new as the last acknowledgement."""
    open_sealed_file(tmp_path, kernel).set("0", "0")
    newest = {"0": 0}
    dice = random.Random()  # noqa: S311 - no secrets
    for _ in range(KILLS):
        ours, theirs = FORK.Pipe(duplex=False)
        writer = FORK.Process(target=write_until_killed, args=(theirs, tmp_path, kernel, max(newest.values()) + 1))
        writer.start()
        theirs.close()
        first = ours.recv()
        newest[str(first % NAMES)] = first
        time.sleep(dice.uniform(0, LONGEST_LIFE))
        os.kill(writer.pid or 0, signal.SIGKILL)
        writer.join()
        newest |= read_acknowledged(ours)
        vault = open_sealed_file(tmp_path, kernel)
        stored = {name: int(vault.get(name) or -1) for name in stored_names(vault)}
        assert all(stored[name] >= number for name, number in newest.items())
        newest = stored
    record_property("runs", KILLS)
    assert max(newest.values()) >= KILLS


def write_until_killed(pipe: Connection, folder: Path, kernel: KernelKeyring, number: int) -> None:
    """Store ever higher numbers, and acknowledge each of them."""
    vault = open_sealed_file(folder, kernel)
    while True:
        vault.set(str(number % NAMES), str(number))
        pipe.send(number)
        number += 1


def read_acknowledged(pipe: Connection) -> dict[str, int]:
    """Return the last numbers that a killed writer acknowledged, by name."""
    numbers = {}
    with contextlib.suppress(EOFError):
        while True:
            number = pipe.recv()
            numbers[str(number % NAMES)] = number
    return numbers


def test_a_full_disk_loses_nothing(tmp_path: Path, kernel: KernelKeyring) -> None:
    """Each write succeeds or fails as a whole, and deleting makes room again."""

    def child() -> None:
        reason = shrink_disk(tmp_path)
        assert reason in fill_until_refused(tmp_path / "home", kernel)
        open_sealed_file(tmp_path / "home", kernel).delete("entry-0")
        open_sealed_file(tmp_path / "home", kernel).set("after", "x")

    in_child(child)


def test_a_write_that_is_cut_short_loses_nothing(tmp_path: Path, kernel: KernelKeyring) -> None:
    """With a limit on file sizes, the old file stays, and no half of a new one is left."""

    def child() -> None:
        reason = limit_files()
        assert reason in fill_until_refused(tmp_path, kernel)

    in_child(child)


def shrink_disk(folder: Path) -> str:
    """Give this child a small disk, or small files where mounting is forbidden; return the system's message."""
    if ctypes.CDLL(None).unshare(NEW_MOUNTS) != 0:
        return limit_files()
    subprocess.run(["mount", "--make-rprivate", "/"], check=True)
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k,mode=700", "tmpfs", str(folder)], check=True)
    return os.strerror(errno.ENOSPC)


def limit_files() -> str:
    """Allow this child small files only; return the system's message."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (16 << 10, 16 << 10))
    return os.strerror(errno.EFBIG)


def fill_until_refused(folder: Path, kernel: KernelKeyring) -> str:
    """Store entries until one is refused, check that those before are there, and return the message."""
    vault = open_sealed_file(folder, kernel)
    stored: list[str] = []

    def fill() -> None:
        for number in range(100):
            vault.set(f"entry-{number}", "x" * 3000)
            stored.append(f"entry-{number}")

    with pytest.raises(VaultUnavailableError) as raised:
        fill()
    assert raised.value.hint.startswith("nothing was changed; free up disk space: df -h ")
    assert stored
    assert stored_names(vault) == sorted(stored)
    assert sorted(path.name for path in folder.iterdir()) == ["vault.lock", "vault.old", "vault.sealed"]
    assert not (folder / "vault.old").samefile(folder / "vault.sealed")
    return raised.value.message
