"""The session cache in the kernel keyring and the agent, and in a vault: a fake one and the sealed file."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from shellvault.core.errors import VaultUnavailableError
from shellvault.storage.kernel_keyring import SESSION, MemoryStore
from shellvault.storage.session_cache import SessionCache, pack, unpack
from shellvault.storage.vault_store import VaultStore
from tests.storage.fake_backends import FakeBackend, NarrowBackend
from tests.storage.sealed_vaults import open_sealed_file
from tests.storage.session_cache_contract import HOUR, NOW, TOKEN, ManualClock, SessionCacheContract, role, session

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from shellvault.core.secret_memory import SecretMemory
    from shellvault.storage.backends import Backend
    from shellvault.storage.kernel_keyring import KernelKeyring


def fail_on_notice(text: str) -> None:
    """Fail: the user is not to be told anything."""
    raise AssertionError(text)


class TestSessionsInMemory(SessionCacheContract):
    """Both the kernel keyring and the agent's memory meet the contract."""

    @pytest.fixture
    def reopen(self, memory: SecretMemory, clock: ManualClock) -> Callable[[], SessionCache]:
        """See `SessionCacheContract`."""
        return lambda: SessionCache(MemoryStore(memory, SESSION), clock, fail_on_notice)


class TestSessionsInAVault(SessionCacheContract):
    """A vault backend keeps them."""

    @pytest.fixture
    def reopen(self, tmp_path: Path, clock: ManualClock) -> Callable[[], SessionCache]:
        """See `SessionCacheContract`."""
        entries: dict[str, str] = {}
        return lambda: SessionCache(
            VaultStore(lambda: FakeBackend(entries), str(tmp_path), SESSION, clock), clock, fail_on_notice
        )


class TestSessionsInTheSealedFile(SessionCacheContract):
    """The real sealed file, unlocked, keeps them."""

    @pytest.fixture
    def reopen(self, tmp_path: Path, clock: ManualClock, kernel: KernelKeyring) -> Callable[[], SessionCache]:
        """See `SessionCacheContract`."""
        return lambda: SessionCache(
            VaultStore(lambda: open_sealed_file(tmp_path, kernel), str(tmp_path), SESSION, clock), clock, fail_on_notice
        )


def open_in_vault(backend: Backend, folder: Path, notices: list[str], clock: ManualClock | None = None) -> SessionCache:
    """Return a session cache in a vault, whose notices are collected."""
    clock = clock or ManualClock()
    return SessionCache(VaultStore(lambda: backend, str(folder), SESSION, clock), clock, notices.append)


def test_notes_are_read_without_opening_the_vault(tmp_path: Path) -> None:
    """So that `list` works while it is locked; an unknown identity does not open it either."""

    def locked() -> Backend:
        raise VaultUnavailableError("locked")

    open_in_vault(FakeBackend({}), tmp_path, []).keep(TOKEN, session())
    clock = ManualClock()
    cache = SessionCache(VaultStore(locked, str(tmp_path), SESSION, clock), clock, fail_on_notice)
    assert [note.profile for note in cache.notes()] == ["base"]
    assert cache.get(role().identity) is None


def test_the_listing_holds_no_secret(tmp_path: Path) -> None:
    """Neither key id, secret nor token; and only its owner may read it."""
    open_in_vault(FakeBackend({}), tmp_path, []).keep(TOKEN, session())
    text = (tmp_path / "sessions").read_text()
    assert not [part for part in (session().access_key_id, "secret/", "ttttt") if part in text]
    assert (tmp_path / "sessions").stat().st_mode & 0o777 == 0o600


def test_garbage_in_the_listing_is_ignored(tmp_path: Path) -> None:
    """Torn lines, odd digits, lines of other programs: the valid ones count."""
    cache = open_in_vault(FakeBackend({}), tmp_path, [])
    cache.keep(TOKEN, session())
    good = (tmp_path / "sessions").read_bytes()
    bad = (
        b"\xff\xfe\n",
        b"a\tb\n",
        b"id\tsoon\t1\tk\tp\tn\n",
        "id\t²\t1\tk\tp\tn\n".encode(),
        b"id\t99999999999\t1\tk\tp\n",
        b"id\t99999999999\tsoon\tk\tp\tn\n",
        b"\t\t\t\t\t\n",
        good[:-20],
    )
    (tmp_path / "sessions").write_bytes(b"".join(bad[:-1]) + good + bad[-1])
    assert [note.identity for note in cache.notes() if note.profile == "base"] == [TOKEN.identity]
    assert len(cache.notes()) == 1
    assert cache.get(TOKEN.identity) == session()


def test_an_expired_session_leaves_the_vault(tmp_path: Path) -> None:
    """When the next session is kept, its entry and its line in the listing are removed."""
    entries: dict[str, str] = {}
    clock = ManualClock()
    cache = open_in_vault(FakeBackend(entries), tmp_path, [], clock)
    cache.keep(TOKEN, session(lasts=100))
    clock.now += 100
    cache.keep(role(), session("two"))
    assert list(entries) == [f"session:{role().identity}"]
    assert len((tmp_path / "sessions").read_text().splitlines()) == 1


def test_a_vault_that_refuses_is_reported_and_no_error(tmp_path: Path) -> None:
    """The session must reach the shell anyway; nothing is left that would never be cleaned up."""
    entries: dict[str, str] = {}
    notices: list[str] = []
    open_in_vault(NarrowBackend(entries, writes=0), tmp_path, notices).keep(TOKEN, session())
    assert notices == ["killed here: this session is not cached"]
    assert entries == {}


def test_a_listed_session_that_is_not_in_the_vault_is_none(tmp_path: Path) -> None:
    """A crash between the two writes costs one more call, and is no error."""
    entries: dict[str, str] = {}
    cache = open_in_vault(FakeBackend(entries), tmp_path, [])
    cache.keep(TOKEN, session())
    entries.clear()
    assert cache.get(TOKEN.identity) is None


def test_a_memory_that_refuses_is_reported(memory: SecretMemory) -> None:
    """An expired session cannot be kept; the user learns that it is not cached, and that is all."""
    notices: list[str] = []
    SessionCache(MemoryStore(memory, SESSION), ManualClock(), notices.append).keep(TOKEN, session(lasts=0))
    assert notices == [f"{memory.name} is full or unavailable: this session is not cached"]


def test_odd_entries_in_memory_are_ignored(memory: SecretMemory) -> None:
    """Payloads that are no sessions, and notes that we did not write."""
    cache = SessionCache(MemoryStore(memory, SESSION), ManualClock(), fail_on_notice)
    odd = [(b"x", ""), (b"a\nb", "x\ty\tz\t1"), (b"\xff", "1\tk\t\\xz\t61"), (b"1\n" * 5, "1")]
    for number, (payload, note) in enumerate(odd):
        assert memory.add(SESSION, f"id{number}", payload, expires_at=NOW + HOUR, timeout=60, note=note)
    assert cache.notes() == []
    assert [cache.get(f"id{number}") for number in range(4)] == [None] * 4


@pytest.mark.parametrize("text", ["", "a\nb\nc\nd\ne", "a\nb\nc\n1", "a\nb\nc\n1\n2\n3", "a\nb\nc\n²\n1"])
def test_malformed_text_cannot_be_unpacked(text: str) -> None:
    """A session has five or seven lines, two of them numbers."""
    assert unpack(text) is None
    assert unpack(pack(session())) == session()


@pytest.mark.parametrize("account", ["", "111122223333"])
@pytest.mark.parametrize("told", [True, False])
def test_account_and_missing_expiry_are_kept(account: str, told: bool) -> None:  # noqa: FBT001 - parametrized
    """Sessions without these are packed as before, so that other versions can read them."""
    kept = session().replace(account=account, expiry_told=told)
    assert unpack(pack(kept)) == kept
    assert pack(kept).count("\n") == (4 if told and not account else 6)
