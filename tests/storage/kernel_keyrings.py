"""Kernel keyrings for tests: a prefix for each test, and nothing left behind."""

from __future__ import annotations

import secrets
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from shellvault.storage import keyctl
from shellvault.storage.kernel_keyring import SESSION, KernelKeyring
from shellvault.storage.keyctl import describe_keys

if TYPE_CHECKING:
    from collections.abc import Iterator

    from shellvault.core.secret_memory import SecretMemory

HOUR = 3600


@contextmanager
def temporary_kernel_keyring() -> Iterator[KernelKeyring]:
    """Give a kernel keyring with a prefix of its own, and clear it afterwards."""
    kernel = KernelKeyring(f"shellvault-test-{secrets.token_hex(6)}:")
    try:
        yield kernel
    finally:
        kernel.clear()


def add(
    memory: SecretMemory, identity: str, payload: bytes = b"payload", life: int = HOUR, kind: str = SESSION
) -> bool:
    """Add an entry that expires after some seconds to this or any other memory."""
    return memory.add(kind, identity, payload, expires_at=int(time.time()) + life, timeout=life)


def identities(kernel: KernelKeyring) -> set[str]:
    """Return the identities of all keys, payloads and notes."""
    return {name.rpartition(":")[2] for name in key_names(kernel)}


def key_names(kernel: KernelKeyring) -> list[str]:
    """Return the names of all keys."""
    return [name for _, _, name in describe_keys() if name.startswith(kernel.prefix)]


def find_key(kernel: KernelKeyring, identity: str, kind: str = SESSION) -> int:
    """Return the id of the key that holds an entry's payload."""
    name = f"{kernel.prefix}{kind}:{identity}".encode()
    key_id = keyctl.search(b"big_key", name) or keyctl.search(b"user", name)
    assert key_id
    return key_id


def is_freed(key_id: int) -> bool:
    """Return whether the kernel has freed a key, which it does some milliseconds after the key was unlinked."""
    try:
        keyctl.read(key_id)
    except OSError:
        return True
    return False
