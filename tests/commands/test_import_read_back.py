"""Plaintext is removed only after the vault has returned what it was given."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from shellvault.argparser import Arguments
from shellvault.commands.import_key_pairs import KeyPairImporter, import_key_pairs
from shellvault.core.errors import ShellvaultError, UsageError, VaultUnavailableError
from shellvault.core.record import Secret
from shellvault.import_sources.aws_files import AwsFiles
from shellvault.own_process import OwnProcess
from shellvault.settings import load_settings
from shellvault.storage.opener import Storage
from shellvault.system.atomic_file import replace_file
from shellvault.ui.user_interface import Ui
from tests.commands.plaintext import DEV, OPS

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from shellvault.settings import Settings
    from shellvault.storage.backends import Backend

TEXT = f"[ops]\n{OPS.lines}[dev]\n{DEV.lines}"


class UnfaithfulBackend:
    """A vault that returns something else than it was given."""

    name = "sealed"

    def __init__(self, change: Callable[[str], str | None]) -> None:
        self._change = change
        self._entries: dict[str, str] = {}

    def get(self, entry: str) -> Secret | None:
        """Return a changed secret."""
        found = self._change(self._entries[entry]) if entry in self._entries else None
        return None if found is None else Secret(found)

    def set(self, entry: str, secret: str) -> None:
        """Store a secret."""
        self._entries[entry] = secret

    def delete(self, entry: str) -> None:
        """Delete a secret."""
        self._entries.pop(entry, None)


class UnfaithfulStorage(Storage):
    """Stores with such a vault."""

    def __init__(self, settings: Settings, ui: Ui, backend: UnfaithfulBackend) -> None:
        super().__init__(settings, lambda: ui, OwnProcess())
        self._unfaithful = backend

    def backend(self) -> Backend:
        """Return the vault."""
        return self._unfaithful


def scrub(home: Path, change: Callable[[str], str | None]) -> str:
    """Import with --scrub into a vault that changes what it is given."""
    environ = {"HOME": str(home), "SHELLVAULT_HOME": str(home / "vault"), "AWS_CONFIG_FILE": str(home / "config")}
    settings = load_settings(Arguments({"--backend": "sealed"}, (), (), {}), environ, str(home))
    ui = Ui(OwnProcess(stdout_is_tty=False, caller_pid=1), may_ask=False, verbose=False)
    storage = UnfaithfulStorage(settings, ui, UnfaithfulBackend(change))
    files = AwsFiles(str(home / "credentials"), str(home / "config"))
    importer = KeyPairImporter(storage, settings.config_file, force=True, has_region=False)
    return import_key_pairs(files, (), importer, ui, scrub=True, force=True)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """Return a folder with a credentials file."""
    (tmp_path / "credentials").write_text(TEXT)
    return tmp_path


@pytest.mark.parametrize(
    "change",
    [
        lambda _secret: None,
        lambda secret: secret[:-1],
        lambda secret: secret.swapcase(),
        lambda secret: secret.replace("\n", ""),
        lambda secret: secret if OPS.secret in secret else None,
    ],
    ids=["nothing", "cut off", "other case", "no line end", "only the first"],
)
def test_nothing_is_removed_if_the_vault_returns_something_else(
    home: Path, change: Callable[[str], str | None]
) -> None:
    """Even if it does so only for the last key pair."""
    with pytest.raises(VaultUnavailableError) as raised:
        scrub(home, change)
    assert (home / "credentials").read_text() == TEXT
    assert DEV.secret not in raised.value.message


def test_plaintext_is_removed_if_the_vault_returns_it(home: Path) -> None:
    """The same import, with a vault that changes nothing."""
    assert "Removed the secrets of 'ops', 'dev' from" in scrub(home, lambda secret: secret)
    assert (home / "credentials").read_text() == "[ops]\n[dev]\n"


def test_a_file_that_changes_at_the_last_moment_is_not_replaced(tmp_path: Path) -> None:
    """It is compared again before it is replaced, and the new file is removed."""
    file = tmp_path / "credentials"
    file.write_text("changed")
    with pytest.raises(UsageError):
        replace_file(str(file), b"new", expected=b"before", mode=0o600)
    assert [path.name for path in tmp_path.iterdir()] == ["credentials"]
    assert file.read_text() == "changed"


def test_a_file_that_is_deleted_at_the_last_moment_is_not_recreated(tmp_path: Path) -> None:
    """Whoever deleted it wanted it gone."""
    with pytest.raises(ShellvaultError):
        replace_file(str(tmp_path / "credentials"), b"new", expected=b"before")
    assert list(tmp_path.iterdir()) == []
