"""Fixtures for the tests of storage."""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING

import pytest

from tests.storage.kernel_keyrings import temporary_kernel_keyring
from tests.storage.secret_memories import MEMORIES, open_agent_memory

if TYPE_CHECKING:
    from collections.abc import Iterator

    from shellvault.core.secret_memory import SecretMemory
    from shellvault.storage.kernel_keyring import KernelKeyring

TIME_LIMIT = 20  # seconds; only turns a hanging test into a failing one


@pytest.fixture
def kernel() -> Iterator[KernelKeyring]:
    """Return a kernel keyring with a prefix of its own."""
    with temporary_kernel_keyring() as keyring:
        yield keyring


@pytest.fixture(params=MEMORIES)
def memory(request: pytest.FixtureRequest) -> SecretMemory:
    """Return an empty memory of each kind: the kernel's, the agent's own, and the agent's as its clients see it."""
    if request.param == "kernel":
        kernel: SecretMemory = request.getfixturevalue("kernel")
        return kernel
    return open_agent_memory(remote=request.param == "remote agent")


@pytest.fixture
def limited() -> Iterator[None]:
    """Fail a test that would wait for ever, for example by opening a pipe that nobody writes to."""

    def fail(*_signal: object) -> None:
        raise AssertionError(f"it takes longer than {TIME_LIMIT} s")

    before = signal.signal(signal.SIGALRM, fail)
    signal.alarm(TIME_LIMIT)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)
