"""Shared by the tests of the sealed file and the kernel keyring: children, prefixes, a person who types."""

from __future__ import annotations

import ctypes
import multiprocessing
import os
import secrets
import struct
import traceback
from contextlib import contextmanager
from typing import TYPE_CHECKING, TypeVar

from shellvault.stores.holder import Holder
from shellvault.stores.kernel import KernelKeyring
from shellvault.stores.sealed import SealedFile

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from multiprocessing.connection import Connection

    from shellvault.stores.datakeys import AskPassphrase

Result = TypeVar("Result")

FORK = multiprocessing.get_context("fork")
NOBODY = 65534
PASSPHRASE = "correct horse battery staple"
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
    return SealedFile(str(folder), Holder(kernel), typist or Typist(), QUICK)


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
    add_key, keyctl = {"x86_64": (248, 250), "aarch64": (217, 219)}[os.uname().machine]
    load, jump_if_equal, answer = 0x20, 0x15, 0x06
    allow, eperm = 0x7FFF0000, 0x00050001
    program = b"".join(
        struct.pack("=HBBI", *step)
        for step in (
            (load, 0, 0, 0),
            (jump_if_equal, 1, 0, add_key),
            (jump_if_equal, 0, 1, keyctl),
            (answer, 0, 0, eperm),
            (answer, 0, 0, allow),
        )
    )
    steps = ctypes.create_string_buffer(program, len(program))
    head = ctypes.create_string_buffer(struct.pack("@HP", len(program) // 8, ctypes.addressof(steps)))
    prctl = ctypes.CDLL(None).prctl
    assert prctl(38, 1, 0, 0, 0) == 0  # PR_SET_NO_NEW_PRIVS
    assert prctl(22, 2, head, 0, 0) == 0  # PR_SET_SECCOMP, SECCOMP_MODE_FILTER
