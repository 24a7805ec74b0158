"""The sealed file as keyring sees it: a backend like any other, but one that only shellvault builds."""

from __future__ import annotations

from typing import TYPE_CHECKING

import keyring.core
import pytest
from keyring.backend import KeyringBackend, get_all_keyring
from keyring.errors import KeyringLocked, PasswordDeleteError, PasswordSetError

from shellvault.storage.sealed.sealed_file import SealedFile
from shellvault.storage.sealed.sealed_keyring import SealedKeyring
from tests.storage.fakes import NoHolder, same_passphrase

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

CHEAP = 10  # log2 of scrypt's N


@pytest.fixture
def reopen(tmp_path: Path) -> Callable[[], SealedKeyring]:
    """Return a function that opens one sealed file anew."""
    return lambda: SealedKeyring(SealedFile(str(tmp_path / "vault"), NoHolder(), same_passphrase, CHEAP))


def test_a_password_comes_back_from_the_file(reopen: Callable[[], SealedKeyring]) -> None:
    """Stored by one object, read by another; absent is None."""
    reopen().set_password("aws", "dev", "geheim 🔑")
    assert reopen().get_password("aws", "dev") == "geheim 🔑"
    assert reopen().get_password("aws", "prod") is None


def test_services_and_users_never_run_into_each_other(reopen: Callable[[], SealedKeyring]) -> None:
    """However the two are cut, each pair has a password of its own."""
    vault = reopen()
    pairs = [("a", "b/c"), ("a/b", "c"), ("a", "b%2Fc"), ("", "a/b/c"), ("é", "\udcff")]
    for number, (service, username) in enumerate(pairs):
        vault.set_password(service, username, str(number))
    assert [vault.get_password(*pair) for pair in pairs] == [str(number) for number in range(len(pairs))]


def test_a_credential_is_found_by_its_user(reopen: Callable[[], SealedKeyring]) -> None:
    """What keyring builds on the three methods works too."""
    reopen().set_password("aws", "dev", "1")
    credential = reopen().get_credential("aws", "dev")
    assert credential is not None
    assert (credential.username, credential.password) == ("dev", "1")


def test_deleting_forgets_and_deleting_again_is_keyrings_error(reopen: Callable[[], SealedKeyring]) -> None:
    """As every backend of keyring does it."""
    reopen().set_password("aws", "dev", "1")
    reopen().delete_password("aws", "dev")
    assert reopen().get_password("aws", "dev") is None
    with pytest.raises(PasswordDeleteError, match="no such password"):
        reopen().delete_password("aws", "dev")


def test_a_damaged_file_is_keyrings_error_for_a_locked_keyring(
    reopen: Callable[[], SealedKeyring], tmp_path: Path
) -> None:
    """Code that speaks keyring meets keyring's errors, with our message."""
    reopen().set_password("aws", "dev", "1")
    file = tmp_path / "vault" / "vault.sealed"
    file.write_bytes(file.read_bytes()[:-1])
    with pytest.raises(KeyringLocked, match="the sealed vault is damaged"):
        reopen().get_password("aws", "dev")
    with pytest.raises(PasswordSetError, match="the sealed vault is damaged"):
        reopen().set_password("aws", "dev", "2")


def test_discovery_never_picks_the_sealed_file(
    reopen: Callable[[], SealedKeyring], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Loading our module changes nothing for a program that asks keyring for the best backend."""
    monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", f"unix:path={tmp_path}/none")
    monkeypatch.delenv("PYTHON_KEYRING_BACKEND", raising=False)
    assert SealedKeyring not in KeyringBackend.get_viable_backends()
    assert not any(isinstance(found, SealedKeyring) for found in get_all_keyring())
    with pytest.raises(RuntimeError, match="shellvault builds this backend itself"):
        keyring.core.load_keyring("shellvault.storage.sealed.sealed_keyring.SealedKeyring")
    assert str(reopen()) == "shellvault sealed file"


def test_a_program_that_sets_it_uses_it(reopen: Callable[[], SealedKeyring], monkeypatch: pytest.MonkeyPatch) -> None:
    """`keyring.set_keyring` takes it, and keyring's own functions read and write the file."""
    monkeypatch.setattr(keyring.core, "_keyring_backend", None)
    keyring.set_keyring(reopen())
    keyring.set_password("aws", "dev", "1")
    assert reopen().get_password("aws", "dev") == "1"
