"""Refresh tokens: one contract for the kernel keyring, the agent, and the vault, which is used without either."""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from typing import TYPE_CHECKING

import pytest

from shellvault.core.errors import VaultUnavailableError
from shellvault.storage.kernel_keyring import MemoryStore
from shellvault.storage.refresh_tokens import REFRESH_TOKEN, RefreshTokens
from shellvault.storage.vault_store import VaultStore
from tests.storage.fake_backends import FakeBackend, NarrowBackend
from tests.storage.sealed_vaults import open_sealed_file

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from shellvault.core.secret_memory import SecretMemory
    from shellvault.storage.backends import Backend
    from shellvault.storage.kernel_keyring import KernelKeyring

ONE, TWO = "1" * 32, "2" * 32
TEXT = '["client", "secret", 1, "' + "r" * 1000 + ' ü"]'


def fail_on_notice(text: str) -> None:
    """Fail: the user is not to be told anything."""
    raise AssertionError(text)


def later(seconds: int = 3600) -> int:
    """Return the epoch second that is so many seconds away."""
    return int(time.time()) + seconds


def open_in_vault(
    open_backend: Callable[[], Backend], folder: Path, notice: Callable[[str], None] = fail_on_notice
) -> RefreshTokens:
    """Return refresh tokens in a vault."""
    return RefreshTokens(VaultStore(open_backend, str(folder), REFRESH_TOKEN, time.time), notice)


class RefreshTokenContract(ABC):
    """The promises. `reopen` opens the same store anew."""

    @abstractmethod
    @pytest.fixture
    def reopen(self) -> Callable[[], RefreshTokens]:
        """Return a function that opens the store anew."""

    def test_what_is_kept_comes_back(self, reopen: Callable[[], RefreshTokens]) -> None:
        """Complete, to whoever opens the store next."""
        reopen().keep(ONE, TEXT, later())
        assert reopen().get(ONE) == TEXT

    def test_an_unknown_identity_has_nothing(self, reopen: Callable[[], RefreshTokens]) -> None:
        """Nor has one that is nearly right."""
        reopen().keep(ONE, TEXT, later())
        assert [reopen().get(identity) for identity in (TWO, ONE[:-1], "")] == [None] * 3

    def test_the_newer_one_replaces_the_older(self, reopen: Callable[[], RefreshTokens]) -> None:
        """A refresh token that was used must not come back."""
        for text in ("old", "new"):
            reopen().keep(ONE, text, later())
        assert reopen().get(ONE) == "new"
        assert reopen().forget() == 1

    def test_it_expires(self, reopen: Callable[[], RefreshTokens]) -> None:
        """Without any further call."""
        reopen().keep(ONE, TEXT, later(2))
        time.sleep(2.1)
        assert reopen().get(ONE) is None

    def test_one_is_forgotten_or_all(self, reopen: Callable[[], RefreshTokens]) -> None:
        """Their number is returned; forgetting twice is fine."""
        for identity in (ONE, TWO):
            reopen().keep(identity, TEXT, later())
        assert [reopen().forget(ONE), reopen().forget(ONE)] == [1, 0]
        assert (reopen().get(ONE), reopen().get(TWO)) == (None, TEXT)
        assert [reopen().forget(), reopen().forget()] == [1, 0]
        assert reopen().get(TWO) is None


class TestRefreshTokensInMemory(RefreshTokenContract):
    """Both the kernel keyring and the agent's memory meet the contract."""

    @pytest.fixture
    def reopen(self, memory: SecretMemory) -> Callable[[], RefreshTokens]:
        """See `RefreshTokenContract`."""
        return lambda: RefreshTokens(MemoryStore(memory, REFRESH_TOKEN), fail_on_notice)


class TestRefreshTokensInAVault(RefreshTokenContract):
    """A vault backend keeps them."""

    @pytest.fixture
    def reopen(self, tmp_path: Path) -> Callable[[], RefreshTokens]:
        """See `RefreshTokenContract`."""
        entries: dict[str, str] = {}
        return lambda: open_in_vault(lambda: FakeBackend(entries), tmp_path)


class TestRefreshTokensInTheSealedFile(RefreshTokenContract):
    """The real sealed file, unlocked, keeps them."""

    @pytest.fixture
    def reopen(self, tmp_path: Path, kernel: KernelKeyring) -> Callable[[], RefreshTokens]:
        """See `RefreshTokenContract`."""
        return lambda: open_in_vault(lambda: open_sealed_file(tmp_path, kernel), tmp_path)


def test_an_unknown_identity_does_not_open_the_vault(tmp_path: Path) -> None:
    """So a first sign-in asks for no passphrase before its browser; and there is nothing to forget."""

    def locked() -> Backend:
        raise VaultUnavailableError("locked")

    tokens = open_in_vault(locked, tmp_path)
    assert (tokens.get(ONE), tokens.forget()) == (None, 0)


def test_the_listing_holds_no_secret(tmp_path: Path) -> None:
    """It holds identities and expiries, for its owner only."""
    end = later()
    open_in_vault(lambda: FakeBackend({}), tmp_path).keep(ONE, TEXT, end)
    assert (tmp_path / "refresh-tokens").read_text() == f"{ONE}\t{end}\t\n"
    assert (tmp_path / "refresh-tokens").stat().st_mode & 0o777 == 0o600


def test_a_vault_that_refuses_is_reported_and_no_error(tmp_path: Path) -> None:
    """The user is signed in anyway."""
    notices: list[str] = []
    tokens = open_in_vault(lambda: NarrowBackend({}, writes=0), tmp_path, notices.append)
    tokens.keep(ONE, TEXT, later())
    assert notices == ["killed here: the next sign-in will need the browser again"]
    assert tokens.get(ONE) is None


@pytest.mark.parametrize("expiry", ["", "\tsoon\t", "\t99999999999", "\t²\t", "\t1\t", " 99999999999\t"])
def test_an_entry_without_a_valid_expiry_is_nothing(tmp_path: Path, expiry: str) -> None:
    """A line of the listing that we did not write."""
    tokens = open_in_vault(lambda: FakeBackend({}), tmp_path)
    tokens.keep(ONE, TEXT, later())
    (tmp_path / "refresh-tokens").write_text(f"{ONE}{expiry}\n")
    assert tokens.get(ONE) is None


def test_a_memory_that_refuses_is_reported(memory: SecretMemory) -> None:
    """What has expired already cannot be kept."""
    notices: list[str] = []
    RefreshTokens(MemoryStore(memory, REFRESH_TOKEN), notices.append).keep(ONE, TEXT, later(-1))
    assert notices == [f"{memory.name} is full or unavailable: the next sign-in will need the browser again"]


def test_what_is_forgotten_leaves_the_vault(tmp_path: Path) -> None:
    """Not only the listing: a refresh token that nobody finds any more is still one."""
    entries: dict[str, str] = {}
    tokens = open_in_vault(lambda: FakeBackend(entries), tmp_path)
    tokens.keep(ONE, TEXT, later())
    assert len(entries) == 1
    tokens.forget(ONE)
    assert entries == {}
