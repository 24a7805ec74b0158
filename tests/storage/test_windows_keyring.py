"""The Windows backend of keyring over a store like that of Windows: narrow, ignoring case, and roaming by default."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

from shellvault.core.errors import VaultUnavailableError
from shellvault.storage.keyring.os_keyring import OsKeyring, open_keyring
from tests.storage.backend_contract import LONG, BackendContract
from tests.storage.fake_wincred import LOCAL_MACHINE, CredentialStore, modules

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from shellvault.storage.backends import Backend

BACKEND = "keyring.backends.Windows"


@pytest.fixture
def store(monkeypatch: pytest.MonkeyPatch) -> Iterator[CredentialStore]:
    """Give keyring the two modules that exist only on Windows, and make it forget them afterwards."""
    store = CredentialStore()
    for name, module in modules(store).items():
        monkeypatch.setitem(sys.modules, name, module)
    sys.modules.pop(BACKEND, None)
    yield store
    sys.modules.pop(BACKEND, None)


class TestWindowsKeyring(BackendContract):
    """The promises, through keyring's WinVaultKeyring."""

    @pytest.fixture
    def reopen(self, store: CredentialStore) -> Callable[[], Backend]:
        """Open one credential store."""
        assert store.credentials == {}
        return lambda: open_keyring("wincred", has_display=False)


def test_credentials_stay_on_this_machine(store: CredentialStore) -> None:
    """By default Windows would copy them to every machine of the domain."""
    open_keyring("wincred", has_display=False).set("dev", LONG)
    assert {credential["Persist"] for credential in store.credentials.values()} == {LOCAL_MACHINE}


def test_a_replaced_secret_is_gone(store: CredentialStore) -> None:
    """Keyring keeps a copy of what it replaces, under a compound name, but what it copies here is no secret."""
    open_keyring("wincred", has_display=False).set("dev", "the old secret")
    open_keyring("wincred", has_display=False).set("dev", "the new one")
    assert any(name.startswith("shellvault@") for name in store.credentials)
    blobs = [credential["CredentialBlob"].decode("utf-16-le") for credential in store.credentials.values()]
    assert "the new one" in blobs
    assert "the old secret" not in blobs


def test_deleting_leaves_nothing(store: CredentialStore) -> None:
    """No piece, no head, and no copy of an old head that keyring made."""
    vault = open_keyring("wincred", has_display=False)
    vault.set("dev", LONG)
    vault.set("dev", "short")
    vault.delete("dev")
    assert store.credentials == {}


def test_a_refusal_of_windows_is_an_error_of_ours(store: CredentialStore) -> None:
    """A secret in one piece is too long for Windows, whose own words are in the message."""
    with pytest.raises(VaultUnavailableError) as raised:
        OsKeyring("wincred", has_display=False).set("dev", LONG)
    assert raised.value.message.startswith("the Windows Credential Manager refused: (1783, 'CredWrite'")
    assert LONG[:20] not in raised.value.message
    assert store.credentials == {}


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("wincred", "the Windows Credential Manager cannot be used: Requires Windows and pywin32"),
        ("keychain", "the macOS keychain cannot be used: macOS required"),
    ],
)
def test_the_keyring_of_another_system_says_why_it_cannot_be_used(name: str, message: str) -> None:
    """Keyring's reason is in the message."""
    with pytest.raises(VaultUnavailableError) as raised:
        OsKeyring(name, has_display=False).probe()
    assert raised.value.message == message
    assert raised.value.hint == "use `--backend sealed`"
