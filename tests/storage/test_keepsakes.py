"""What keeps refresh tokens: one contract for the kernel keyring and for a vault where the kernel keeps none."""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from typing import TYPE_CHECKING

import pytest

from shellvault.core.errors import VaultUnavailableError
from shellvault.storage.backends import SealedBackend
from shellvault.storage.refresh_tokens import KernelRefreshTokens, VaultRefreshTokens
from tests.storage.fakes import FakeBackend, NarrowBackend
from tests.storage.sealed_support import own_kernel, sealed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from shellvault.storage.backends import Backend
    from shellvault.storage.kernel_keyring import KernelKeyring

    Keepsakes = KernelRefreshTokens | VaultRefreshTokens

ONE, TWO = "1" * 32, "2" * 32
TEXT = '["client", "secret", 1, "' + "r" * 1000 + ' ü"]'


def no_notice(text: str) -> None:
    """Fail: nothing is to be told."""
    raise AssertionError(text)


def later(seconds: int = 3600) -> int:
    """Return a moment that is so many seconds away."""
    return int(time.time()) + seconds


@pytest.fixture
def kernel() -> Iterator[KernelKeyring]:
    """Return a kernel keyring of the test's own."""
    with own_kernel() as ring:
        yield ring


class KeepsakeContract(ABC):
    """The promises; `reopen` gives another view of the same store."""

    @abstractmethod
    @pytest.fixture
    def reopen(self) -> Callable[[], Keepsakes]:
        """Return a function that opens the store anew."""

    def test_what_is_kept_comes_back(self, reopen: Callable[[], Keepsakes]) -> None:
        """Whole, to whoever opens the store next."""
        reopen().keep(ONE, TEXT, later())
        assert reopen().get(ONE) == TEXT

    def test_an_unknown_name_has_nothing(self, reopen: Callable[[], Keepsakes]) -> None:
        """Nor has one that is nearly right."""
        reopen().keep(ONE, TEXT, later())
        assert [reopen().get(name) for name in (TWO, ONE[:-1], "")] == [None] * 3

    def test_the_newer_one_replaces_the_older(self, reopen: Callable[[], Keepsakes]) -> None:
        """A refresh token that was spent must not come back."""
        for text in ("old", "new"):
            reopen().keep(ONE, text, later())
        assert reopen().get(ONE) == "new"
        assert reopen().forget() == 1

    def test_its_time_ends(self, reopen: Callable[[], Keepsakes]) -> None:
        """By itself."""
        reopen().keep(ONE, TEXT, later(2))
        time.sleep(2.1)
        assert reopen().get(ONE) is None

    def test_one_is_forgotten_or_all(self, reopen: Callable[[], Keepsakes]) -> None:
        """With their number; forgetting twice is fine."""
        for name in (ONE, TWO):
            reopen().keep(name, TEXT, later())
        assert [reopen().forget(ONE), reopen().forget(ONE)] == [1, 0]
        assert (reopen().get(ONE), reopen().get(TWO)) == (None, TEXT)
        assert [reopen().forget(), reopen().forget()] == [1, 0]
        assert reopen().get(TWO) is None


class TestInTheKernel(KeepsakeContract):
    """The kernel keyring keeps the promises."""

    @pytest.fixture
    def reopen(self, kernel: KernelKeyring) -> Callable[[], KernelRefreshTokens]:
        """See `KeepsakeContract`."""
        return lambda: KernelRefreshTokens(kernel, no_notice)


class TestInAVault(KeepsakeContract):
    """A vault backend keeps them too."""

    @pytest.fixture
    def reopen(self, tmp_path: Path) -> Callable[[], VaultRefreshTokens]:
        """See `KeepsakeContract`."""
        entries: dict[str, str] = {}
        return lambda: VaultRefreshTokens(lambda: FakeBackend(entries), str(tmp_path), no_notice)


class TestInTheSealedFile(KeepsakeContract):
    """And the real sealed file, unlocked."""

    @pytest.fixture
    def reopen(self, tmp_path: Path, kernel: KernelKeyring) -> Callable[[], VaultRefreshTokens]:
        """See `KeepsakeContract`."""
        return lambda: VaultRefreshTokens(lambda: SealedBackend(sealed(tmp_path, kernel)), str(tmp_path), no_notice)


def test_a_name_nobody_kept_opens_no_vault(tmp_path: Path) -> None:
    """So that a first sign-in asks for no passphrase before its browser; and there is nothing to forget."""

    def locked() -> Backend:
        raise VaultUnavailableError("locked")

    keepsakes = VaultRefreshTokens(locked, str(tmp_path), no_notice)
    assert (keepsakes.get(ONE), keepsakes.forget()) == (None, 0)


def test_the_file_of_names_holds_no_secret(tmp_path: Path) -> None:
    """Only names, for its owner alone."""
    VaultRefreshTokens(lambda: FakeBackend({}), str(tmp_path), no_notice).keep(ONE, TEXT, later())
    assert (tmp_path / "keepsakes").read_text() == f"{ONE}\n"
    assert (tmp_path / "keepsakes").stat().st_mode & 0o777 == 0o600


def test_a_vault_that_refuses_is_told_of_and_no_error(tmp_path: Path) -> None:
    """The person is signed in all the same."""
    told: list[str] = []
    keepsakes = VaultRefreshTokens(lambda: NarrowBackend({}, writes=0), str(tmp_path), told.append)
    keepsakes.keep(ONE, TEXT, later())
    assert told == ["killed here: the next sign-in will need the browser again"]
    assert keepsakes.get(ONE) is None


@pytest.mark.parametrize("text", ["", "soon\nx", "99999999999", "²\nx", "1\nx"])
def test_what_was_not_kept_by_us_is_nothing(tmp_path: Path, text: str) -> None:
    """An entry without its end, or with a strange one."""
    entries: dict[str, str] = {}
    keepsakes = VaultRefreshTokens(lambda: FakeBackend(entries), str(tmp_path), no_notice)
    keepsakes.keep(ONE, TEXT, later())
    entries.update(dict.fromkeys(entries, text))
    assert keepsakes.get(ONE) is None


def test_a_kernel_that_refuses_is_told_of(kernel: KernelKeyring) -> None:
    """What has ended already cannot be kept."""
    told: list[str] = []
    KernelRefreshTokens(kernel, told.append).keep(ONE, TEXT, later(-1))
    assert told == ["the kernel keyring is full or closed: the next sign-in will need the browser again"]


def test_what_is_forgotten_is_gone_from_the_vault_itself(tmp_path: Path) -> None:
    """Not only its name: a refresh token that nobody can find any more is still one."""
    entries: dict[str, str] = {}
    keepsakes = VaultRefreshTokens(lambda: FakeBackend(entries), str(tmp_path), no_notice)
    keepsakes.keep(ONE, TEXT, later())
    assert len(entries) == 1
    keepsakes.forget(ONE)
    assert entries == {}
