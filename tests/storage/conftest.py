"""Fixtures for the tests of storage."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.storage.kernel_keyrings import temporary_kernel_keyring

if TYPE_CHECKING:
    from collections.abc import Iterator

    from shellvault.storage.kernel_keyring import KernelKeyring


@pytest.fixture
def kernel() -> Iterator[KernelKeyring]:
    """Return a kernel keyring with a prefix of its own."""
    with temporary_kernel_keyring() as keyring:
        yield keyring
