"""Every backend keeps the same promises, and the choice of one never changes silently."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from shellvault.core.errors import UsageError
from shellvault.storage.backends import SEALED, choose_backend
from shellvault.storage.keyring.chunked import Chunked
from shellvault.storage.keyring.os_keyring import OsKeyring, open_keyring
from shellvault.storage.sealed.sealed_file import SealedFile
from tests.storage.backend_contract import BackendContract
from tests.storage.fake_backends import FakeBackend, NarrowBackend, NothingUnlocked, type_passphrase
from tests.storage.gnome import PASSWORD, gnome_keyring, session_bus

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from shellvault.storage.backends import Backend

CHEAP = 10  # log2 of scrypt's N, whose cost does not matter here


@pytest.fixture(scope="module")
def bus(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """Run one unlocked gnome-keyring for all tests here."""
    with session_bus(tmp_path_factory.mktemp("bus")) as env, gnome_keyring(env, PASSWORD):
        yield env


class TestFakeBackend(BackendContract):
    """The fake that other tests use keeps the promises of the real ones."""

    @pytest.fixture
    def reopen(self) -> Callable[[], Backend]:
        """Open one dictionary."""
        entries: dict[str, str] = {}
        return lambda: FakeBackend(entries)


class TestChunkedBackend(BackendContract):
    """Pieces turn a backend with the limits of Windows into a full one."""

    @pytest.fixture
    def reopen(self) -> Callable[[], Backend]:
        """Open one dictionary with the limits of Windows."""
        entries: dict[str, str] = {}
        return lambda: Chunked(NarrowBackend(entries))


class TestSealedFile(BackendContract):
    """The sealed file, which is a backend itself."""

    @pytest.fixture
    def reopen(self, tmp_path: Path) -> Callable[[], Backend]:
        """Open one file, which takes its passphrase each time."""
        return lambda: SealedFile(str(tmp_path / "vault"), NothingUnlocked(), type_passphrase, CHEAP)


class TestGnomeKeyring(BackendContract):
    """A real gnome-keyring on a real bus."""

    @pytest.fixture
    def reopen(self, bus: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> Callable[[], Backend]:
        """Open the keyring on that bus."""
        monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", bus["DBUS_SESSION_BUS_ADDRESS"])
        return lambda: open_keyring("secret-service", has_display=False)


def no_keyring_answers(_name: str) -> bool:
    """Say that no keyring can be used."""
    return False


def every_keyring_answers(_name: str) -> bool:
    """Say that each keyring of the platform can be used."""
    return True


@pytest.mark.parametrize(
    ("platform", "first"), [("linux", "secret-service"), ("darwin", "keychain"), ("win32", "wincred")]
)
def test_auto_uses_the_keyring_of_the_platform_if_it_answers(platform: str, first: str) -> None:
    """The operating system's own vault comes first."""
    assert choose_backend("auto", None, every_keyring_answers, platform) == first
    assert choose_backend("", None, every_keyring_answers, platform) == first


def test_auto_uses_the_next_keyring_if_the_first_does_not_answer() -> None:
    """KDE without a Secret Service has KWallet."""
    assert choose_backend("auto", None, lambda name: name == "kwallet", "linux") == "kwallet"


@pytest.mark.parametrize("platform", ["linux", "darwin", "win32", "freebsd14"])
def test_auto_uses_the_sealed_file_if_no_keyring_answers(platform: str) -> None:
    """A headless machine has a vault, too."""
    assert choose_backend("auto", None, no_keyring_answers, platform) == "sealed"


@pytest.mark.parametrize("recorded", ["secret-service", "kwallet", "sealed"])
def test_auto_stays_with_the_vault_that_holds_keys(recorded: str) -> None:
    """Whether a keyring appears or disappears, the vault stays the same, so that no key pair seems to be lost."""
    assert choose_backend("auto", recorded, no_keyring_answers, "linux") == recorded
    assert choose_backend("auto", recorded, every_keyring_answers, "linux") == recorded


def test_an_explicit_backend_is_used() -> None:
    """Whatever is recorded, and whatever answers."""
    assert choose_backend("sealed", "secret-service", every_keyring_answers, "linux") == "sealed"
    assert choose_backend("kwallet", "sealed", no_keyring_answers, "linux") == "kwallet"


def test_an_unknown_backend_is_an_error_that_lists_the_names() -> None:
    """A typing error selects nothing."""
    with pytest.raises(UsageError) as raised:
        choose_backend("keyring", None, every_keyring_answers, "linux")
    assert raised.value.message == "--backend: there is no backend 'keyring'"
    assert raised.value.hint == "choose one of: auto, secret-service, kwallet, sealed"
    assert raised.value.status == 2


@pytest.mark.parametrize(("wanted", "recorded"), [("wincred", None), ("auto", "wincred")])
def test_a_backend_of_another_platform_is_an_error_that_lists_the_names(wanted: str, recorded: str | None) -> None:
    """A setting copied from another machine is reported, not guessed around."""
    with pytest.raises(UsageError) as raised:
        choose_backend(wanted, recorded, every_keyring_answers, "linux")
    assert raised.value.message.endswith("the backend wincred does not exist on this platform")
    assert raised.value.hint.endswith("auto, secret-service, kwallet, sealed")


def test_the_windows_backend_is_opened_in_pieces() -> None:
    """Only Windows refuses a session in one piece."""
    assert isinstance(open_keyring("wincred", has_display=False), Chunked)
    assert isinstance(open_keyring("keychain", has_display=False), OsKeyring)


def test_the_sealed_file_has_the_name_that_selects_it() -> None:
    """As every backend does."""
    assert SealedFile.name == SEALED == choose_backend("sealed", None, no_keyring_answers, "linux")
