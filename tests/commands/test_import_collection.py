"""`import --from aws-vault` from a real gnome-keyring, with a collection as aws-vault makes it."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

import pytest
from jeepney import DBusAddress, new_method_call
from jeepney.io.blocking import open_dbus_connection
from jeepney.wrappers import unwrap_msg
from secretstorage import Collection

from tests.commands.plaintext import DEV, OPS, entry, names, stored
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
"""How a collection is made without a person who types its password into a window."""


@pytest.fixture
def bus(tmp_path: Path) -> Iterator[dict[str, str]]:
    """Run a session bus, and return the variable that leads to it."""
    (tmp_path / "bus").mkdir()
    with session_bus(tmp_path / "bus") as env, gnome_keyring(env, PASSWORD):
        yield {"DBUS_SESSION_BUS_ADDRESS": env["DBUS_SESSION_BUS_ADDRESS"]}


def call(connection: DBusConnection, interface: str, method: str, signature: str, *body: Any) -> Any:
    """Call a method of the Secret Service and return what it answers."""
    address = DBusAddress("/org/freedesktop/secrets", SECRETS, interface)
    return unwrap_msg(connection.send_and_get_reply(new_method_call(address, method, signature, body)))


def collection(bus: dict[str, str], label: str, items: dict[str, str], *, locked: bool = False) -> None:
    """Make a collection with these items, as aws-vault labels them."""
    with closing(open_dbus_connection(bus["DBUS_SESSION_BUS_ADDRESS"])) as connection:
        _output, session = call(connection, SERVICE, "OpenSession", "sv", "plain", ("s", ""))
        properties = {"org.freedesktop.Secret.Collection.Label": ("s", label)}
        master = (session, b"", b"its password", "text/plain")
        (path,) = call(connection, GNOME, "CreateWithMasterPassword", "a{sv}(oayays)", properties, master)
        made = Collection(connection, path)
        for name, content in items.items():
            made.create_item(name, {"profile": name}, content.encode(), content_type="application/json")
        if locked:
            made.lock()


def test_its_collection_is_read(sandbox: Sandbox, bus: dict[str, str]) -> None:
    """Sessions and tokens in it are passed over, what is no key pair is told, other collections are not looked into."""
    others = {"sts.GetSessionToken,ZGV2,,1700000000": "{}", "oidc:https://x.awsapps.com/start": "{}", "odd": "no JSON"}
    collection(bus, "login too", {"bank": entry("bank", OPS)})
    collection(bus, "awsvault", {"dev": entry("dev", DEV), "two words": entry("two words", OPS), **others})
    done = sandbox.run(*IMPORT, **bus)
    assert done.returncode == 0
    assert done.stderr == (
        "shellvault: reading aws-vault's Secret Service collection\n"
        "shellvault: the entry 'odd' of aws-vault's collection holds no key pair; it was passed over\n"
    )
    assert (stored(sandbox, "dev"), stored(sandbox, "two words"), names(sandbox)) == (DEV, OPS, ["dev", "two", "words"])


def test_nothing_in_it_is_changed(sandbox: Sandbox, bus: dict[str, str]) -> None:
    """It can be imported again, and from the keyring into the keyring too."""
    collection(bus, "awsvault", {"dev": entry("dev", DEV)})
    for _ in range(2):
        assert sandbox.run(*IMPORT, SHELLVAULT_BACKEND="secret-service", **bus).returncode == 0
    done = sandbox.run(*IMPORT, SHELLVAULT_BACKEND="secret-service", **bus)
    assert done.stdout.startswith("The key pair …MPLE of 'dev' is in the secret-service vault already.\n")


@pytest.mark.parametrize("name", ["my-keys", "awsvault_2"])
def test_it_may_have_another_name(sandbox: Sandbox, bus: dict[str, str], name: str) -> None:
    """By aws-vault's own variable; a dash is spelled otherwise in a path of D-Bus."""
    collection(bus, name, {"dev": entry("dev", DEV)})
    assert sandbox.run(*IMPORT, **bus).returncode == 4
    assert sandbox.run(*IMPORT, **bus, AWS_VAULT_SECRET_SERVICE_COLLECTION_NAME=name).returncode == 0
    assert stored(sandbox, "dev") == DEV


def test_a_locked_collection_without_a_display_is_told_at_once(sandbox: Sandbox, bus: dict[str, str]) -> None:
    """Status 5, and no window is asked for that nobody would see."""
    collection(bus, "awsvault", {"dev": entry("dev", DEV)}, locked=True)
    done = sandbox.run(*IMPORT, **bus)
    assert (done.returncode, names(sandbox)) == (5, [])
    assert "error: aws-vault's collection 'awsvault' is locked\nhint: unlock it on the desktop" in done.stderr


def test_a_keyring_that_hangs_is_told(sandbox: Sandbox, tmp_path: Path) -> None:
    """After five seconds, where it was named; else the next store is looked for."""
    (tmp_path / "bus").mkdir()
    with session_bus(tmp_path / "bus") as env, fake_service(env, "silent"):
        address = {"DBUS_SESSION_BUS_ADDRESS": env["DBUS_SESSION_BUS_ADDRESS"]}
        done = sandbox.run(*IMPORT, **address, AWS_VAULT_BACKEND="secret-service")
    assert done.returncode == 5
    assert "error: the Secret Service keyring did not answer within 5 s" in done.stderr
