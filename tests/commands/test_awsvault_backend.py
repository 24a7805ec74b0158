"""AWS_VAULT_BACKEND: it chooses the vault for the first key pair, under our own variable, and moves none later."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.commands.plaintext import DEV, entry
from tests.storage.gnome import PASSWORD, gnome_keyring, session_bus
from tests.storage.jwe import sealed

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.sandbox import Sandbox

AWS_VAULT = "AWS_VAULT_BACKEND"
ELSEWHERE = ("pass", "keyctl", "op-connect", "keychain", "nonsense")


@pytest.fixture
def free(sandbox: Sandbox) -> Sandbox:
    """Return a sandbox in which nothing says which vault to take."""
    del sandbox.env["SHELLVAULT_BACKEND"]
    return sandbox


@pytest.fixture
def keyring(free: Sandbox, tmp_path: Path) -> Iterator[Sandbox]:
    """Return such a sandbox with a Secret Service that answers, so that it is what would be taken."""
    (tmp_path / "bus").mkdir()
    with session_bus(tmp_path / "bus") as env, gnome_keyring(env, PASSWORD):
        free.env["DBUS_SESSION_BUS_ADDRESS"] = env["DBUS_SESSION_BUS_ADDRESS"]
        yield free


def vault(sandbox: Sandbox, **variables: str) -> str:
    """Return the vault that is in use."""
    done = sandbox.run("status", **variables)
    assert done.returncode == 0, done.stderr
    return next(line.split()[1].rstrip(",") for line in done.stdout.splitlines() if line.startswith("vault"))


def test_its_name_of_a_backend_is_taken(keyring: Sandbox) -> None:
    """Ours stands over it, `auto` too, and the option over both."""
    assert vault(keyring) == vault(keyring, **{AWS_VAULT: "secret-service"}) == "secret-service"
    assert vault(keyring, **{AWS_VAULT: "file"}) == "sealed"
    assert vault(keyring, **{AWS_VAULT: "file", "SHELLVAULT_BACKEND": "auto"}) == "secret-service"
    done = keyring.run("status", "--backend", "file", **{AWS_VAULT: "secret-service"})
    assert "vault      sealed" in done.stdout


def test_a_vault_with_a_key_in_it_stays_the_vault(keyring: Sandbox) -> None:
    """The variable may be there for aws-vault alone."""
    keyring.env[AWS_VAULT] = "file"
    keyring.add("base", keyring.aws.world.user("alice").access_key())
    for name in ("secret-service", "pass"):
        assert vault(keyring, **{AWS_VAULT: name}) == "sealed"
        assert keyring.run("env", "base", "--shell", "bash", **{AWS_VAULT: name}).returncode == 0


def test_a_keyring_that_is_not_there_is_an_error(free: Sandbox) -> None:
    """Nothing else is taken in its place."""
    key = {"AWS_ACCESS_KEY_ID": "AKIA" + "A" * 16, "AWS_SECRET_ACCESS_KEY": "x" * 40}
    done = free.run("add", "base", "--env", **key, **{AWS_VAULT: "secret-service"})
    assert (done.returncode, done.stdout) == (5, "")
    assert list(free.vault.glob("*.json")) == []


@pytest.mark.parametrize("name", ELSEWHERE)
def test_a_backend_that_is_none_of_ours_is_an_error_that_says_what_to_set(free: Sandbox, name: str) -> None:
    """Status 2, before anything is asked or stored; the hint works."""
    done = free.run("add", "base", **{AWS_VAULT: name})
    assert (done.returncode, done.stdout) == (2, "")
    assert f"error: AWS_VAULT_BACKEND is '{name}', where shellvault keeps no key pairs\n" in done.stderr
    assert "hint: set SHELLVAULT_BACKEND=auto" in done.stderr
    assert free.run("list", **{AWS_VAULT: name, "SHELLVAULT_BACKEND": "auto"}).returncode == 0


def test_an_import_takes_it_for_what_is_read_and_no_more(keyring: Sandbox) -> None:
    """The keys go where they would go without it."""
    folder = keyring.home / ".awsvault" / "keys"
    folder.mkdir(parents=True)
    (folder / "dev").write_text(sealed(entry("dev", DEV).encode(), "open sesame"))
    variables = {AWS_VAULT: "file", "AWS_VAULT_FILE_PASSPHRASE": "open sesame"}
    done = keyring.run("import", "--from", "aws-vault", **variables)
    assert done.returncode == 0, done.stderr
    assert vault(keyring) == "secret-service"
