"""AWS_VAULT_BACKEND: chooses the vault for the first key pair, and never moves an existing one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.commands.plaintext import DEV, aws_vault_entry
from tests.compat.seal_jwe import seal
from tests.storage.gnome import PASSWORD, gnome_keyring, session_bus

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.sandbox import Sandbox

AWS_VAULT = "AWS_VAULT_BACKEND"
UNSUPPORTED = ("pass", "keyctl", "op-connect", "keychain", "nonsense")


@pytest.fixture
def unset_backend(sandbox: Sandbox) -> Sandbox:
    """Return a sandbox in which nothing chooses the backend."""
    del sandbox.env["SHELLVAULT_BACKEND"]
    return sandbox


@pytest.fixture
def keyring(unset_backend: Sandbox, tmp_path: Path) -> Iterator[Sandbox]:
    """Return such a sandbox with a running Secret Service, which would be chosen by default."""
    (tmp_path / "bus").mkdir()
    with session_bus(tmp_path / "bus") as env, gnome_keyring(env, PASSWORD):
        unset_backend.env["DBUS_SESSION_BUS_ADDRESS"] = env["DBUS_SESSION_BUS_ADDRESS"]
        yield unset_backend


def get_vault(sandbox: Sandbox, **variables: str) -> str:
    """Return the vault in use, according to `status`."""
    done = sandbox.run("status", **variables)
    assert done.returncode == 0, done.stderr
    return next(line.split()[1].rstrip(",") for line in done.stdout.splitlines() if line.startswith("vault"))


def test_awsvault_backend_name_is_accepted(keyring: Sandbox) -> None:
    """SHELLVAULT_BACKEND overrides it, even as `auto`, and the option overrides both."""
    assert get_vault(keyring) == get_vault(keyring, **{AWS_VAULT: "secret-service"}) == "secret-service"
    assert get_vault(keyring, **{AWS_VAULT: "file"}) == "sealed"
    assert get_vault(keyring, **{AWS_VAULT: "file", "SHELLVAULT_BACKEND": "auto"}) == "secret-service"
    done = keyring.run("status", "--backend", "file", **{AWS_VAULT: "secret-service"})
    assert "vault      sealed" in done.stdout


def test_vault_with_a_key_pair_stays_in_use(keyring: Sandbox) -> None:
    """The variable may have been set only for aws-vault."""
    keyring.env[AWS_VAULT] = "file"
    keyring.add("base", keyring.aws.world.user("alice").access_key())
    for name in ("secret-service", "pass"):
        assert get_vault(keyring, **{AWS_VAULT: name}) == "sealed"
        assert keyring.run("env", "base", "--shell", "bash", **{AWS_VAULT: name}).returncode == 0


def test_missing_keyring_is_an_error(unset_backend: Sandbox) -> None:
    """No other backend is used instead."""
    key = {"AWS_ACCESS_KEY_ID": "AKIA" + "A" * 16, "AWS_SECRET_ACCESS_KEY": "x" * 40}
    done = unset_backend.run("add", "base", "--env", **key, **{AWS_VAULT: "secret-service"})
    assert (done.returncode, done.stdout) == (5, "")
    assert list(unset_backend.vault.glob("*.json")) == []


@pytest.mark.parametrize("name", UNSUPPORTED)
def test_unsupported_backend_error_says_what_to_set(unset_backend: Sandbox, name: str) -> None:
    """Status 2 before prompting or storing anything; the command in the hint works."""
    done = unset_backend.run("add", "base", **{AWS_VAULT: name})
    assert (done.returncode, done.stdout) == (2, "")
    assert f"error: AWS_VAULT_BACKEND is '{name}', which is not a backend of shellvault\n" in done.stderr
    assert "hint: set SHELLVAULT_BACKEND=auto" in done.stderr
    assert unset_backend.run("list", **{AWS_VAULT: name, "SHELLVAULT_BACKEND": "auto"}).returncode == 0


def test_import_reads_from_the_backend_but_does_not_store_there(keyring: Sandbox) -> None:
    """The imported keys go to the vault that would be chosen without the variable."""
    folder = keyring.home / ".awsvault" / "keys"
    folder.mkdir(parents=True)
    (folder / "dev").write_text(seal(aws_vault_entry("dev", DEV).encode(), "open sesame"))
    variables = {AWS_VAULT: "file", "AWS_VAULT_FILE_PASSPHRASE": "open sesame"}
    done = keyring.run("import", "--from", "aws-vault", **variables)
    assert done.returncode == 0, done.stderr
    assert get_vault(keyring) == "secret-service"
