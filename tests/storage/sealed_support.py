"""Shared by the tests of the sealed file and the kernel keyring: children, prefixes, a person who types."""

from __future__ import annotations

import ctypes
import multiprocessing
import os
import secrets
import signal
import struct
import time
import traceback
from contextlib import contextmanager
from typing import TYPE_CHECKING, TypeVar

from shellvault.storage.kernel_keyring import KernelKeyring
from shellvault.storage.sealed.sealed_file import SealedFile
from shellvault.storage.sealed.unlocked_key_cache import UnlockedKeyCache

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from multiprocessing.connection import Connection

    from shellvault.storage.sealed.data_keys import AskPassphrase

Result = TypeVar("Result")

FORK = multiprocessing.get_context("fork")
NOBODY = 65534
PASSPHRASE = "correct horse battery staple"
HOUR = 3600
QUICK = 10
"""A scrypt cost for tests: a millisecond."""


class Typist:
    """A person who types one passphrase whenever asked, and remembers what was asked."""

    def __init__(self, passphrase: str = PASSPHRASE) -> None:
        self.passphrase = passphrase
        self.asked: list[str] = []

    def __call__(self, *, new: bool) -> str:
        """Type it."""
        self.asked.append("new" if new else "present")
        return self.passphrase


@contextmanager
def own_kernel() -> Iterator[KernelKeyring]:
    """Give a kernel keyring under a prefix of its own, and leave nothing behind."""
    kernel = KernelKeyring(f"shellvault-test-{secrets.token_hex(6)}:")
    try:
        yield kernel
    finally:
        for entry in kernel.entries():
            kernel.unlink(entry.key_id)


def sealed(folder: object, kernel: KernelKeyring, typist: AskPassphrase | None = None) -> SealedFile:
    """Return the sealed file of a folder, as a process that starts now would have it."""
    return SealedFile(str(folder), UnlockedKeyCache(kernel), typist or Typist(), QUICK)


def add(
    kernel: KernelKeyring, identity: str, payload: bytes = b"payload", life: int = HOUR, kind: str = "session"
) -> bool:
    """Add an entry that lives so many seconds."""
    return kernel.add(kind, identity, payload, expires_at=int(time.time()) + life, timeout=life)


def identities(kernel: KernelKeyring) -> set[str]:
    """Return which entries there are."""
    return {entry.identity for entry in kernel.entries()}


def eventually(happened: Callable[[], bool]) -> None:
    """Wait until something has happened."""
    for _ in range(1000):
        if happened():
            return
        time.sleep(0.02)
    raise AssertionError("it never happened")


@contextmanager
def stopped(process: int) -> Iterator[None]:
    """Hold a process up."""
    os.kill(process, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(process, signal.SIGCONT)


def in_child(work: Callable[[], Result]) -> Result:
    """Do something in a process of its own and return what it returns."""
    ours, theirs = FORK.Pipe(duplex=False)
    process = FORK.Process(target=_report, args=(theirs, work))
    process.start()
    theirs.close()
    try:
        result, problem = ours.recv()
    finally:
        process.join()
    assert not problem, problem
    returned: Result = result
    return returned


def _report(pipe: Connection, work: Callable[[], Result]) -> None:
    try:
        pipe.send((work(), ""))
    except BaseException:  # noqa: BLE001 - it travels to the test as text
        pipe.send((None, traceback.format_exc()))


def become_nobody() -> None:
    """Turn this child into another user, one with an ordinary quota of keys."""
    os.setgroups([])
    os.setgid(NOBODY)
    os.setuid(NOBODY)


def forbid_keyrings() -> None:
    """Refuse this child the kernel's keyrings for good, with the system call filter that containers use."""
    add_key, keyctl = _NUMBERS[os.uname().machine]
    _filter((_LOAD, 0, 0, 0), (_IF_EQUAL, 1, 0, add_key), (_IF_EQUAL, 0, 1, keyctl))


def forbid_keyctl(operation: int) -> None:
    """Refuse this child one operation on keys for good."""
    _, keyctl = _NUMBERS[os.uname().machine]
    first_argument = 16  # where the kernel shows it to filters
    _filter((_LOAD, 0, 0, 0), (_IF_EQUAL, 0, 3, keyctl), (_LOAD, 0, 0, first_argument), (_IF_EQUAL, 0, 1, operation))


_NUMBERS = {"x86_64": (248, 250), "aarch64": (217, 219)}
_LOAD, _IF_EQUAL, _ANSWER = 0x20, 0x15, 0x06
_EPERM, _ALLOW = 0x00050001, 0x7FFF0000


def _filter(*steps: tuple[int, int, int, int]) -> None:
    """Install a filter that refuses what passes all steps; a jump past their end and one more allows."""
    program = b"".join(
        struct.pack("=HBBI", *step) for step in (*steps, (_ANSWER, 0, 0, _EPERM), (_ANSWER, 0, 0, _ALLOW))
    )
    code = ctypes.create_string_buffer(program, len(program))
    head = ctypes.create_string_buffer(struct.pack("@HP", len(program) // 8, ctypes.addressof(code)))
    prctl = ctypes.CDLL(None).prctl
    assert prctl(38, 1, 0, 0, 0) == 0  # PR_SET_NO_NEW_PRIVS
    assert prctl(22, 2, head, 0, 0) == 0  # PR_SET_SECCOMP, SECCOMP_MODE_FILTER
