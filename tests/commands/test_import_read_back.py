"""Nothing is removed before the vault has given back what it was given; where it does not, all stays."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from shellvault.app import App
from shellvault.argparser import Arguments
from shellvault.commands.import_key_pairs import import_key_pairs
from shellvault.core.errors import ShellvaultError, UsageError, VaultUnavailableError
from shellvault.core.record import Secret
from shellvault.import_sources.aws_files import AwsFiles
from shellvault.system.atomic_file import replace_file
from tests.commands.plaintext import DEV, OPS

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from shellvault.storage.backends import Backend

TEXT = f"[ops]\n{OPS.lines}[dev]\n{DEV.lines}"


class Unfaithful:
    """A vault that gives back something else."""

    name = "sealed"

    def __init__(self, change: Callable[[str], str | None]) -> None:
        self._change = change
        self._entries: dict[str, str] = {}

    def get(self, entry: str) -> Secret | None:
        """Return what became of an entry."""
        found = self._change(self._entries[entry]) if entry in self._entries else None
        return None if found is None else Secret(found)

    def set(self, entry: str, secret: str) -> None:
        """Take an entry."""
        self._entries[entry] = secret

    def delete(self, entry: str) -> None:
        """Forget an entry."""
        self._entries.pop(entry, None)


class Person(App):
    """Somebody with such a vault, and a home of their own."""

    def __init__(self, home: Path, vault: Unfaithful) -> None:
        environ = {"HOME": str(home), "SHELLVAULT_HOME": str(home / "vault"), "AWS_CONFIG_FILE": str(home / "config")}
        super().__init__(environ, Arguments({"--backend": "sealed"}, (), ()))
        self._vault = vault

    def backend(self) -> Backend:
        """Return the vault."""
        return self._vault


def scrub(home: Path, change: Callable[[str], str | None]) -> str:
    """Import with --scrub into a vault that changes what it is given."""
    files = AwsFiles(str(home / "credentials"), str(home / "config"))
    return import_key_pairs(Person(home, Unfaithful(change)), files, (), scrub=True, force=True)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """Return a folder with a credentials file in it."""
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
    ids=["nothing", "less", "other letters", "no line", "only the first"],
)
def test_a_vault_that_does_not_give_back_removes_nothing(home: Path, change: Callable[[str], str | None]) -> None:
    """Whatever it does to the key pair, and if it is only the last of them."""
    with pytest.raises(VaultUnavailableError) as raised:
        scrub(home, change)
    assert (home / "credentials").read_text() == TEXT
    assert DEV.secret not in raised.value.message


def test_a_vault_that_gives_back_does_not_stop_it(home: Path) -> None:
    """The counter-proof: the same way, with nothing changed."""
    assert "Took the secrets of 'ops', 'dev' out of" in scrub(home, lambda secret: secret)
    assert (home / "credentials").read_text() == "[ops]\n[dev]\n"


def test_a_file_that_changes_at_the_last_moment_is_not_replaced(tmp_path: Path) -> None:
    """It is compared once more when the new one lies ready; that one is removed."""
    file = tmp_path / "credentials"
    file.write_text("changed")
    with pytest.raises(UsageError):
        replace_file(str(file), b"new", expected=b"before", mode=0o600)
    assert [path.name for path in tmp_path.iterdir()] == ["credentials"]
    assert file.read_text() == "changed"


def test_a_file_that_is_gone_at_the_last_moment_is_not_made_again(tmp_path: Path) -> None:
    """Somebody deleted it, and that is theirs to do."""
    with pytest.raises(ShellvaultError):
        replace_file(str(tmp_path / "credentials"), b"new", expected=b"before")
    assert list(tmp_path.iterdir()) == []
