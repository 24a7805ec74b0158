"""The session cache in the kernel keyring, and the one in a vault over a fake and over the sealed file."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from shellvault.core.errors import VaultUnavailableError
from shellvault.storage.backends import SealedBackend
from shellvault.storage.kernel_keyring import SESSION, KernelKeyring
from shellvault.storage.session_cache import KernelSessions, pack, unpack
from shellvault.storage.vault_sessions import VaultSessions
from tests.storage.fakes import FakeBackend, NarrowBackend
from tests.storage.sealed_support import own_kernel, sealed
from tests.storage.sessioncontract import HOUR, NOW, TOKEN, Clock, SessionContract, role, session

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from shellvault.storage.backends import Backend


def no_notice(text: str) -> None:
    """Fail: nothing is to be told."""
    raise AssertionError(text)


@pytest.fixture
def kernel() -> Iterator[KernelKeyring]:
    """Return a kernel keyring of the test's own."""
    with own_kernel() as ring:
        yield ring


class TestInTheKernel(SessionContract):
    """The kernel keyring keeps the promises."""

    @pytest.fixture
    def reopen(self, kernel: KernelKeyring, clock: Clock) -> Callable[[], KernelSessions]:
        """See `SessionContract`."""
        return lambda: KernelSessions(kernel, clock, no_notice)


class TestInAVault(SessionContract):
    """A vault backend keeps them too."""

    @pytest.fixture
    def reopen(self, tmp_path: Path, clock: Clock) -> Callable[[], VaultSessions]:
        """See `SessionContract`."""
        entries: dict[str, str] = {}
        return lambda: VaultSessions(lambda: FakeBackend(entries), str(tmp_path), clock, no_notice)


class TestInTheSealedFile(SessionContract):
    """And the real sealed file, unlocked."""

    @pytest.fixture
    def reopen(self, tmp_path: Path, clock: Clock, kernel: KernelKeyring) -> Callable[[], VaultSessions]:
        """See `SessionContract`."""
        return lambda: VaultSessions(lambda: SealedBackend(sealed(tmp_path, kernel)), str(tmp_path), clock, no_notice)


def in_vault(backend: Backend, folder: Path, told: list[str], clock: Clock | None = None) -> VaultSessions:
    """Return sessions in a vault, whose notices are collected."""
    return VaultSessions(lambda: backend, str(folder), clock or Clock(), told.append)


def test_notes_are_read_without_opening_the_vault(tmp_path: Path) -> None:
    """So that `list` works while it is locked; an identity nobody knows opens nothing either."""

    def locked() -> Backend:
        raise VaultUnavailableError("locked")

    in_vault(FakeBackend({}), tmp_path, []).keep(TOKEN, session())
    behind_a_lock = VaultSessions(locked, str(tmp_path), Clock(), no_notice)
    assert [note.profile for note in behind_a_lock.notes()] == ["base"]
    assert behind_a_lock.get(role().identity) is None


def test_the_file_of_notes_holds_no_secret(tmp_path: Path) -> None:
    """Neither key id, nor secret, nor token; and it is its owner's alone."""
    in_vault(FakeBackend({}), tmp_path, []).keep(TOKEN, session())
    text = (tmp_path / "sessions").read_text()
    assert not [part for part in (session().access_key_id, "secret/", "ttttt") if part in text]
    assert (tmp_path / "sessions").stat().st_mode & 0o777 == 0o600


def test_garbage_in_the_file_of_notes_is_passed_over(tmp_path: Path) -> None:
    """Torn lines, strange digits, lines of somebody else's: the good ones count."""
    cache = in_vault(FakeBackend({}), tmp_path, [])
    cache.keep(TOKEN, session())
    good = (tmp_path / "sessions").read_bytes()
    bad = (
        b"\xff\xfe\n",
        b"a\tb\n",
        b"id\tsoon\t1\tk\tp\tn\n",
        "id\t²\t1\tk\tp\tn\n".encode(),
        b"\t\t\t\t\t\n",
        good[:-20],
    )
    (tmp_path / "sessions").write_bytes(b"".join(bad[:-1]) + good + bad[-1])
    assert [note.identity for note in cache.notes()] == [TOKEN.identity]
    assert cache.get(TOKEN.identity) == session()


def test_what_has_expired_leaves_the_vault(tmp_path: Path) -> None:
    """The next session to be kept takes it out, entry and note."""
    entries: dict[str, str] = {}
    clock = Clock()
    cache = in_vault(FakeBackend(entries), tmp_path, [], clock)
    cache.keep(TOKEN, session(lasts=100))
    clock.now += 100
    cache.keep(role(), session("two"))
    assert list(entries) == [f"session:{role().identity}"]
    assert len((tmp_path / "sessions").read_text().splitlines()) == 1


def test_a_vault_that_refuses_is_told_of_and_no_error(tmp_path: Path) -> None:
    """The session was minted and must reach the shell; nothing is left that nobody would ever clean up."""
    entries: dict[str, str] = {}
    told: list[str] = []
    in_vault(NarrowBackend(entries, writes=0), tmp_path, told).keep(TOKEN, session())
    assert told == ["killed here: this session is not cached"]
    assert entries == {}


def test_a_note_without_its_session_is_none(tmp_path: Path) -> None:
    """A crash between the two writes costs one more call, and no error."""
    entries: dict[str, str] = {}
    cache = in_vault(FakeBackend(entries), tmp_path, [])
    cache.keep(TOKEN, session())
    entries.clear()
    assert cache.get(TOKEN.identity) is None


def test_a_kernel_that_refuses_is_told_of(kernel: KernelKeyring) -> None:
    """An expired session cannot be kept; the person learns that it is not cached, and that is all."""
    told: list[str] = []
    clock = Clock()
    cache = KernelSessions(kernel, clock, told.append)
    clock.now = NOW + HOUR
    cache.keep(TOKEN, session())
    assert told == ["the kernel keyring is full or closed: this session is not cached"]


def test_strange_entries_in_the_kernel_are_passed_over(kernel: KernelKeyring) -> None:
    """Payloads that are no sessions, and details that nobody here wrote."""
    cache = KernelSessions(kernel, Clock(), no_notice)
    for number, (payload, detail) in enumerate(
        [(b"x", ""), (b"a\nb", "x:y:z:1"), (b"\xff", "1:k:zz:61"), (b"1\n" * 5, "1")]
    ):
        assert kernel.add(SESSION, f"id{number}", payload, expires_at=NOW + 60, timeout=60, detail=detail)
    assert cache.notes() == []
    assert [cache.get(f"id{number}") for number in range(4)] == [None] * 4


@pytest.mark.parametrize(
    "payload", [b"", b"a\nb\nc\nd\ne", b"a\nb\nc\n1", b"a\nb\nc\n1\n2\n3", "a\nb\nc\n²\n1".encode()]
)
def test_what_was_not_packed_is_not_unpacked(payload: bytes) -> None:
    """Anything but five lines with two numbers is no session."""
    assert unpack(payload) is None
    assert unpack(pack(session())) == session()
