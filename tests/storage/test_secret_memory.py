"""The contract of a secret memory: the kernel's, the agent's own, and the agent's as a client sees it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from shellvault.core.secret_memory import StoreEntry
from shellvault.storage.kernel_keyring import MemoryStore
from tests.storage.child_processes import wait_until
from tests.storage.kernel_keyrings import HOUR, add

if TYPE_CHECKING:
    from shellvault.core.secret_memory import SecretMemory

LATER = 2_000_000_000
LARGE = 20_000  # bytes; the kernel's `user` keys take 32,767


def test_an_entry_is_found_as_it_was_added(memory: SecretMemory) -> None:
    """The payload comes back byte by byte, and the listing shows the expiry and the note."""
    payload = bytes(range(256)) * 20
    assert memory.is_available()
    assert memory.add("session", "a", payload, expires_at=LATER, timeout=HOUR, note="x\ty")
    assert memory.find("session", "a") == payload
    assert memory.entries("session") == [StoreEntry("a", LATER, "x\ty")]
    assert memory.find_note("session", "a") == StoreEntry("a", LATER, "x\ty")


@pytest.mark.parametrize(
    "payload", [b"\0", b"\0\n\0", b"\n", b"1", b"\xff\xfe", b"-z", b"\r\n" * 10_000, b"\0" * LARGE]
)
def test_a_payload_can_be_any_bytes(memory: SecretMemory, payload: bytes) -> None:
    """It may contain zeros or newlines, not be text at all, or look like an answer of the agent."""
    memory.add("session", "a", payload, expires_at=LATER, timeout=HOUR)
    assert memory.find("session", "a") == payload


@pytest.mark.parametrize("note", ["", " ", "\t\t", "1\t2", "n" * LARGE])
def test_a_note_can_be_any_line(memory: SecretMemory, note: str) -> None:
    """It may be empty."""
    memory.add("session", "a", b"x", expires_at=LATER, timeout=HOUR, note=note)
    assert memory.find_note("session", "a") == StoreEntry("a", LATER, note)
    assert memory.entries("session") == [StoreEntry("a", LATER, note)]


def test_an_absent_entry_is_not_found(memory: SecretMemory) -> None:
    """The identity or kind may differ, or the entry may have been removed. Removing it twice is fine."""
    add(memory, "a")
    assert memory.find("session", "b") is None
    assert memory.find("other", "a") is None
    assert memory.find("session", "") is None
    for _ in range(2):
        memory.remove("session", "a")
    assert memory.find("session", "a") is None
    assert memory.find_note("session", "a") is None
    assert memory.seconds_left("session", "a") is None
    assert not memory.touch("session", "a", HOUR)
    assert memory.entries("session") == []


def test_kinds_are_listed_separately(memory: SecretMemory) -> None:
    """Two entries with one identity and different kinds do not affect each other."""
    add(memory, "a", b"session")
    add(memory, "a", b"other", kind="other")
    assert [len(memory.entries(kind)) for kind in ("session", "other", "sess")] == [1, 1, 0]
    memory.remove("other", "a")
    assert memory.find("session", "a") == b"session"


def test_clearing_removes_entries_of_all_kinds(memory: SecretMemory) -> None:
    """Clearing twice is fine."""
    for kind in ("session", "data-key", "other"):
        add(memory, "a", kind=kind)
    for _ in range(2):
        memory.clear()
    assert [memory.find(kind, "a") for kind in ("session", "data-key", "other")] == [None] * 3


def test_a_newer_entry_replaces_the_older(memory: SecretMemory) -> None:
    """The payload, the note, the expiry and the timeout are replaced."""
    memory.add("session", "a", b"old", expires_at=LATER, timeout=3 * HOUR, note="old")
    memory.add("session", "a", b"new", expires_at=LATER + 1, timeout=2 * HOUR, note="new")
    assert memory.find("session", "a") == b"new"
    assert memory.entries("session") == [StoreEntry("a", LATER + 1, "new")]
    assert HOUR <= (memory.seconds_left("session", "a") or 0) <= 2 * HOUR


@pytest.mark.parametrize("timeout", [0, -1, -(10**9)])
def test_an_entry_without_a_timeout_is_refused(memory: SecretMemory, timeout: int) -> None:
    """The older one stays."""
    add(memory, "a", b"old")
    assert not memory.add("session", "a", b"new", expires_at=LATER, timeout=timeout)
    assert memory.find("session", "a") == b"old"


def test_an_entry_disappears_when_its_timeout_has_passed(memory: SecretMemory) -> None:
    """It is no longer listed either. Other entries stay."""
    add(memory, "short", life=1)
    add(memory, "long")
    wait_until(lambda: memory.find("session", "short") is None)
    assert [entry.identity for entry in memory.entries("session")] == ["long"]


def test_touching_an_entry_sets_a_new_timeout(memory: SecretMemory) -> None:
    """It may be longer or shorter than the old one. A timeout of zero ends the entry instead of keeping it for ever."""
    memory.add("session", "a", b"x", expires_at=LATER, timeout=100)
    assert memory.touch("session", "a", 3 * HOUR)
    assert 2 * HOUR <= (memory.seconds_left("session", "a") or 0) <= 3 * HOUR
    assert memory.touch("session", "a", 0)
    wait_until(lambda: memory.find("session", "a") is None)
    assert not memory.touch("session", "a", HOUR)


def test_a_store_works_with_any_memory(memory: SecretMemory) -> None:
    """It takes and returns text, and does not see entries of another kind."""
    store = MemoryStore(memory, "session")
    store.put("a", "ü\n🚀", expires_at=LATER, note="n")
    assert store.get("a") == "ü\n🚀"
    assert MemoryStore(memory, "other").get("a") is None
    store.remove("a")
    assert (store.get("a"), list(store.entries())) == (None, [])
