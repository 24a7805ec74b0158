"""What the session bus says of a Linux keyring: whether it answers, is locked, can ask a person. No secrets here."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING, Any

from jeepney import DBusAddress, DBusErrorResponse, Message, Properties, new_method_call
from jeepney.bus_messages import message_bus
from jeepney.io.blocking import DBusConnection, Proxy, open_dbus_connection
from jeepney.wrappers import unwrap_msg

from shellvault.core.errors import VaultUnavailableError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

NO_BUS = "log in to a desktop session, start one with `dbus-run-session -- $SHELL`, or use `--backend sealed`"
NO_SERVICE = "install and start a keyring (gnome-keyring, KeePassXC, KWallet), or use `--backend sealed`"
SECRETS = "org.freedesktop.secrets"
KWALLET = "org.kde.kwalletd5"


def secret_service(environ: Mapping[str, str]) -> tuple[bool, bool]:
    """Say whether the default collection is locked, and whether a person can be asked.

    Raises:
        VaultUnavailableError: there is no bus, or no service on it. It may also block for ever.
    """
    return _look("Secret Service", SECRETS, _collection_is_locked, environ)


def kwallet(environ: Mapping[str, str]) -> tuple[bool, bool]:
    """Say the same of KWallet's network wallet. Raises as `secret_service` does."""
    return _look("KWallet", KWALLET, _wallet_is_closed, environ)


def _look(
    title: str, service: str, is_locked: Callable[[DBusConnection], bool], environ: Mapping[str, str]
) -> tuple[bool, bool]:
    with closing(_connect(title)) as connection:
        try:
            _require(connection, service, title)
            return is_locked(connection), _can_ask(connection, environ)
        except DBusErrorResponse as error:
            raise VaultUnavailableError(f"the {title} refused: {error.name}", NO_SERVICE) from error


def _connect(title: str) -> DBusConnection:
    """Connect to the bus that keyring, too, will use: the one of `DBUS_SESSION_BUS_ADDRESS`."""
    try:
        return open_dbus_connection()
    except (KeyError, ValueError, RuntimeError, OSError) as error:  # not set, garbled, no unix socket, nobody there
        raise VaultUnavailableError(f"no {title} answers: there is no D-Bus session bus", NO_BUS) from error


def _require(connection: DBusConnection, service: str, title: str) -> None:
    """Make sure that the service runs, starting it where the bus knows how."""
    if _owned(connection, service):
        return
    if not _activatable(connection, service):
        raise VaultUnavailableError(f"no {title} answers: none is running on the session bus", NO_SERVICE)
    try:
        Proxy(message_bus, connection).StartServiceByName(service)
    except DBusErrorResponse as error:
        raise VaultUnavailableError(
            f"no {title} answers: it could not be started ({error.name})", NO_SERVICE
        ) from error


def _owned(connection: DBusConnection, name: str) -> bool:
    return bool(Proxy(message_bus, connection).NameHasOwner(name)[0])


def _activatable(connection: DBusConnection, name: str) -> bool:
    return name in Proxy(message_bus, connection).ListActivatableNames()[0]


def _can_ask(connection: DBusConnection, environ: Mapping[str, str]) -> bool:
    """Say whether an unlock prompt would be seen. gnome-keyring queues prompts for ever where no prompter can start."""
    if not (environ.get("DISPLAY") or environ.get("WAYLAND_DISPLAY")):
        return False
    prompter = "org.gnome.keyring.SystemPrompter"
    gnome = _owned(connection, "org.gnome.keyring")
    return not gnome or _owned(connection, prompter) or _activatable(connection, prompter)


def _collection_is_locked(connection: DBusConnection) -> bool:
    """A default collection that does not exist yet needs a person as well: creating it asks for its password."""
    service = DBusAddress("/org/freedesktop/secrets", SECRETS, "org.freedesktop.Secret.Service")
    path = _call(connection, new_method_call(service, "ReadAlias", "s", ("default",)))
    if path == "/":
        return True
    collection = DBusAddress(path, SECRETS, "org.freedesktop.Secret.Collection")
    return bool(_call(connection, Properties(collection).get("Locked"))[1])


def _wallet_is_closed(connection: DBusConnection) -> bool:
    wallets = DBusAddress("/modules/kwalletd5", KWALLET, "org.kde.KWallet")
    name = _call(connection, new_method_call(wallets, "networkWallet"))
    return not _call(connection, new_method_call(wallets, "isOpen", "s", (name,)))


def _call(connection: DBusConnection, message: Message) -> Any:
    """Return the first value of the reply."""
    return unwrap_msg(connection.send_and_get_reply(message))[0]
