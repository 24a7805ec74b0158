"""`import --from aws-vault` from a real gnome-keyring, with a collection as aws-vault creates it."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

import pytest
from jeepney import DBusAddress, new_method_call
from jeepney.io.blocking import open_dbus_connection
from jeepney.wrappers import unwrap_msg
from secretstorage import Collection

from tests.commands.plaintext import DEV, OPS, aws_vault_entry, list_stored_names, read_stored_key
from tests.storage.gnome import PASSWORD, SECRETS, fake_service, gnome_keyring, session_bus

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from typing import Any

    from jeepney.io.blocking import DBusConnection

    from tests.sandbox import Sandbox

IMPORT = ("import", "--from", "aws-vault")
SERVICE = "org.freedesktop.Secret.Service"
GNOME = "org.gnome.keyring.InternalUnsupportedGuiltRiddenInterface"
"""The interface that creates a collection without asking for its password in a window."""


@pytest.fixture
def bus(tmp_path: Path) -> Iterator[dict[str, str]]:
    """Run a session bus with a keyring, and return the variable that leads to it."""
    (tmp_path / "bus").mkdir()
    with session_bus(tmp_path / "bus") as env, gnome_keyring(env, PASSWORD):
        yield {"DBUS_SESSION_BUS_ADDRESS": env["DBUS_SESSION_BUS_ADDRESS"]}


def call(connection: DBusConnection, interface: str, method: str, signature: str, *body: Any) -> Any:
    """Call a method of the Secret Service and return its answer."""
    address = DBusAddress("/org/freedesktop/secrets", SECRETS, interface)
    return unwrap_msg(connection.send_and_get_reply(new_method_call(address, method, signature, body)))


def create_collection(bus: dict[str, str], label: str, items: dict[str, str], *, locked: bool = False) -> None:
    """Create a collection with these items, labelled as aws-vault does."""
    with closing(open_dbus_connection(bus["DBUS_SESSION_BUS_ADDRESS"])) as connection:
        _output, session = call(connection, SERVICE, "OpenSession", "sv", "plain", ("s", ""))
        properties = {"org.freedesktop.Secret.Collection.Label": ("s", label)}
        master = (session, b"", b"its password", "text/plain")
        (path,) = call(connection, GNOME, "CreateWithMasterPassword", "a{sv}(oayays)", properties, master)
        created = Collection(connection, path)
        for name, content in items.items():
            created.create_item(name, {"profile": name}, content.encode(), content_type="application/json")
        if locked:
            created.lock()


def test_the_collection_is_imported(sandbox: Sandbox, bus: dict[str, str]) -> None:
    """Its sessions and tokens are skipped, other entries are reported, and other collections are not opened."""
    others = {"sts.GetSessionToken,ZGV2,,1700000000": "{}", "oidc:https://x.awsapps.com/start": "{}", "odd": "no JSON"}
    create_collection(bus, "login too", {"bank": aws_vault_entry("bank", OPS)})
    create_collection(
        bus, "awsvault", {"dev": aws_vault_entry("dev", DEV), "two words": aws_vault_entry("two words", OPS), **others}
    )
    done = sandbox.run(*IMPORT, **bus)
    assert done.returncode == 0
    assert done.stderr == (
        "shellvault: reading aws-vault's Secret Service collection\n"
        "shellvault: the entry 'odd' of aws-vault's collection has no key pair; it was skipped\n"
    )
    assert (read_stored_key(sandbox, "dev"), read_stored_key(sandbox, "two words"), list_stored_names(sandbox)) == (
        DEV,
        OPS,
        ["dev", "two", "words"],
    )


def test_the_collection_is_not_changed(sandbox: Sandbox, bus: dict[str, str]) -> None:
    """It can be imported again, even into the same keyring."""
    create_collection(bus, "awsvault", {"dev": aws_vault_entry("dev", DEV)})
    for _ in range(2):
        assert sandbox.run(*IMPORT, SHELLVAULT_BACKEND="secret-service", **bus).returncode == 0
    done = sandbox.run(*IMPORT, SHELLVAULT_BACKEND="secret-service", **bus)
    assert done.stdout.startswith("The key pair …MPLE of 'dev' is already in the secret-service vault.\n")


@pytest.mark.parametrize("name", ["my-keys", "awsvault_2"])
def test_the_collection_may_have_another_name(sandbox: Sandbox, bus: dict[str, str], name: str) -> None:
    """aws-vault's variable names it; D-Bus paths encode a dash."""
    create_collection(bus, name, {"dev": aws_vault_entry("dev", DEV)})
    assert sandbox.run(*IMPORT, **bus).returncode == 4
    assert sandbox.run(*IMPORT, **bus, AWS_VAULT_SECRET_SERVICE_COLLECTION_NAME=name).returncode == 0
    assert read_stored_key(sandbox, "dev") == DEV


def test_a_locked_collection_without_a_display_is_an_error(sandbox: Sandbox, bus: dict[str, str]) -> None:
    """Status 5 at once, instead of a window that nobody would see."""
    create_collection(bus, "awsvault", {"dev": aws_vault_entry("dev", DEV)}, locked=True)
    done = sandbox.run(*IMPORT, **bus)
    assert (done.returncode, list_stored_names(sandbox)) == (5, [])
    assert "error: aws-vault's collection 'awsvault' is locked\nhint: unlock it on the desktop" in done.stderr


def test_a_keyring_that_hangs_is_an_error(sandbox: Sandbox, tmp_path: Path) -> None:
    """After five seconds, where AWS_VAULT_BACKEND names it."""
    (tmp_path / "bus").mkdir()
    with session_bus(tmp_path / "bus") as env, fake_service(env, "silent"):
        address = {"DBUS_SESSION_BUS_ADDRESS": env["DBUS_SESSION_BUS_ADDRESS"]}
        done = sandbox.run(*IMPORT, **address, AWS_VAULT_BACKEND="secret-service")
    assert done.returncode == 5
    assert "error: the Secret Service keyring did not answer within 5 s" in done.stderr
