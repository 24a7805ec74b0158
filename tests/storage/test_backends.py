"""Every backend keeps the same promises, and the one that is chosen never changes silently."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from shellvault.core.errors import UsageError
from shellvault.storage.backends import SealedBackend, choose
from shellvault.storage.keyring.chunked import Chunked
from shellvault.storage.keyring.os_keyring import OsKeyring, open_keyring
from shellvault.storage.sealed.sealed_file import SealedFile
from tests.storage.contract import BackendContract
from tests.storage.fakes import FakeBackend, NarrowBackend, NoHolder, same_passphrase
from tests.storage.gnome import PASSWORD, gnome_keyring, session_bus

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from shellvault.storage.backends import Backend

CHEAP = 10  # log2 of scrypt's N: these tests are not about its cost


@pytest.fixture(scope="module")
def bus(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """Run one unlocked gnome-keyring for all tests here."""
    with session_bus(tmp_path_factory.mktemp("bus")) as env, gnome_keyring(env, PASSWORD):
        yield env


class TestFakeBackend(BackendContract):
    """The fake that other tests build on keeps what the real ones promise."""

    @pytest.fixture
    def reopen(self) -> Callable[[], Backend]:
        """Open one dictionary."""
        entries: dict[str, str] = {}
        return lambda: FakeBackend(entries)


class TestChunkedBackend(BackendContract):
    """Pieces make a whole vault of one as narrow as Windows' own."""

    @pytest.fixture
    def reopen(self) -> Callable[[], Backend]:
        """Open one narrow dictionary."""
        entries: dict[str, str] = {}
        return lambda: Chunked(NarrowBackend(entries))


class TestSealedBackend(BackendContract):
    """The sealed file."""

    @pytest.fixture
    def reopen(self, tmp_path: Path) -> Callable[[], Backend]:
        """Open one file, giving its passphrase each time."""
        return lambda: SealedBackend(SealedFile(str(tmp_path / "vault"), NoHolder(), same_passphrase, CHEAP))


class TestGnomeKeyring(BackendContract):
    """A real gnome-keyring on a real bus."""

    @pytest.fixture
    def reopen(self, bus: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> Callable[[], Backend]:
        """Open the keyring on that bus."""
        monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", bus["DBUS_SESSION_BUS_ADDRESS"])
        return lambda: open_keyring("secret-service", environ=bus)


def nothing_answers(_name: str) -> bool:
    """Stand for a machine without any keyring."""
    return False


def everything_answers(_name: str) -> bool:
    """Stand for a machine on which each keyring of the platform works."""
    return True


@pytest.mark.parametrize(
    ("platform", "first"), [("linux", "secret-service"), ("darwin", "keychain"), ("win32", "wincred")]
)
def test_auto_takes_the_platforms_keyring_where_it_answers(platform: str, first: str) -> None:
    """The operating system's own vault comes first."""
    assert choose("auto", None, everything_answers, platform) == first
    assert choose("", None, everything_answers, platform) == first


def test_auto_takes_the_next_keyring_when_the_first_does_not_answer() -> None:
    """A KDE without a Secret Service has KWallet."""
    assert choose("auto", None, lambda name: name == "kwallet", "linux") == "kwallet"


@pytest.mark.parametrize("platform", ["linux", "darwin", "win32", "freebsd14"])
def test_auto_takes_the_sealed_file_where_no_keyring_answers(platform: str) -> None:
    """A headless machine has a vault all the same."""
    assert choose("auto", None, nothing_answers, platform) == "sealed"


@pytest.mark.parametrize("recorded", ["secret-service", "kwallet", "sealed"])
def test_auto_stays_with_the_vault_that_holds_keys(recorded: str) -> None:
    """Neither a keyring that appears nor one that goes away moves the vault: no key pair is ever out of sight."""
    assert choose("auto", recorded, nothing_answers, "linux") == recorded
    assert choose("auto", recorded, everything_answers, "linux") == recorded


def test_an_explicit_backend_is_obeyed() -> None:
    """Who names a backend gets it, whatever is recorded or answers."""
    assert choose("sealed", "secret-service", everything_answers, "linux") == "sealed"
    assert choose("kwallet", "sealed", nothing_answers, "linux") == "kwallet"


def test_an_unknown_backend_is_an_error_that_lists_the_names() -> None:
    """A typing error chooses nothing."""
    with pytest.raises(UsageError) as raised:
        choose("keyring", None, everything_answers, "linux")
    assert raised.value.message == "there is no backend 'keyring'"
    assert raised.value.hint == "use --backend with one of: auto, secret-service, kwallet, sealed"
    assert raised.value.status == 2


@pytest.mark.parametrize(("wanted", "recorded"), [("wincred", None), ("auto", "wincred")])
def test_a_backend_of_another_platform_is_an_error_that_lists_the_names(wanted: str, recorded: str | None) -> None:
    """A setting carried over from another machine is named, not guessed around."""
    with pytest.raises(UsageError) as raised:
        choose(wanted, recorded, everything_answers, "linux")
    assert raised.value.message == "the backend wincred does not exist on this platform"
    assert raised.value.hint.endswith("auto, secret-service, kwallet, sealed")


def test_the_windows_backend_is_opened_in_pieces() -> None:
    """Windows alone refuses a session in one piece."""
    assert isinstance(open_keyring("wincred"), Chunked)
    assert isinstance(open_keyring("keychain"), OsKeyring)
