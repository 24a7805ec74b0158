"""Asks the session bus about a Linux keyring: whether it answers, is locked, and can ask the user. No secrets here."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING, Any

from jeepney import DBusAddress, DBusErrorResponse, Message, Properties, new_method_call
from jeepney.bus_messages import message_bus
from jeepney.io.blocking import DBusConnection, Proxy, open_dbus_connection
from jeepney.wrappers import unwrap_msg

from shellvault.core.errors import VaultUnavailableError

if TYPE_CHECKING:
    from collections.abc import Callable

NO_BUS = "log in to a desktop session, start one with `dbus-run-session -- $SHELL`, or use `--backend sealed`"
NO_SERVICE = "install and start a keyring (gnome-keyring, KeePassXC, KWallet), or use `--backend sealed`"
SECRETS = "org.freedesktop.secrets"
KWALLET = "org.kde.kwalletd5"


def probe_secret_service(*, has_display: bool) -> tuple[bool, bool]:
    """Return whether the default collection is locked, and whether the keyring can ask the user.

    `has_display` is whether a window can be shown.

    Raises:
        VaultUnavailableError: there is no bus, or no service on it. It may also block for ever.
    """
    return _probe("Secret Service", SECRETS, _is_collection_locked, has_display=has_display)


def probe_kwallet(*, has_display: bool) -> tuple[bool, bool]:
    """Return the same about KWallet's network wallet. Raises as `probe_secret_service` does."""
    return _probe("KWallet", KWALLET, _is_wallet_closed, has_display=has_display)


def _probe(
    title: str, service: str, is_locked: Callable[[DBusConnection], bool], *, has_display: bool
) -> tuple[bool, bool]:
    with closing(_connect(title)) as connection:
        try:
            _require_service(connection, service, title)
            return is_locked(connection), has_display and _has_prompter(connection)
        except DBusErrorResponse as error:
            raise VaultUnavailableError(f"the {title} refused: {error.name}", NO_SERVICE) from error


def _connect(title: str) -> DBusConnection:
    """Connect to the bus that keyring uses as well, the one in `DBUS_SESSION_BUS_ADDRESS`."""
    try:
        return open_dbus_connection()
    except (
        KeyError,
        ValueError,
        RuntimeError,
        OSError,
    ) as error:  # not set, malformed, no unix socket, nobody listening
        raise VaultUnavailableError(f"no {title} answers: there is no D-Bus session bus", NO_BUS) from error


def _require_service(connection: DBusConnection, service: str, title: str) -> None:
    """Make sure that the service runs; start it if the bus knows how."""
    if _is_owned(connection, service):
        return
    if not _is_activatable(connection, service):
        raise VaultUnavailableError(f"no {title} answers: none is running on the session bus", NO_SERVICE)
    try:
        Proxy(message_bus, connection).StartServiceByName(service)
    except DBusErrorResponse as error:
        raise VaultUnavailableError(
            f"no {title} answers: it could not be started ({error.name})", NO_SERVICE
        ) from error


def _is_owned(connection: DBusConnection, name: str) -> bool:
    return bool(Proxy(message_bus, connection).NameHasOwner(name)[0])


def _is_activatable(connection: DBusConnection, name: str) -> bool:
    return name in Proxy(message_bus, connection).ListActivatableNames()[0]


def _has_prompter(connection: DBusConnection) -> bool:
    """Return whether a prompt would be shown: gnome-keyring queues prompts for ever if no prompter can start."""
    prompter = "org.gnome.keyring.SystemPrompter"
    is_gnome = _is_owned(connection, "org.gnome.keyring")
    return not is_gnome or _is_owned(connection, prompter) or _is_activatable(connection, prompter)


def _is_collection_locked(connection: DBusConnection) -> bool:
    """Return whether using the default collection takes a password, as creating a missing one does."""
    service = DBusAddress("/org/freedesktop/secrets", SECRETS, "org.freedesktop.Secret.Service")
    path = _call(connection, new_method_call(service, "ReadAlias", "s", ("default",)))
    if path == "/":
        return True
    collection = DBusAddress(path, SECRETS, "org.freedesktop.Secret.Collection")
    return bool(_call(connection, Properties(collection).get("Locked"))[1])


def _is_wallet_closed(connection: DBusConnection) -> bool:
    wallets = DBusAddress("/modules/kwalletd5", KWALLET, "org.kde.KWallet")
    name = _call(connection, new_method_call(wallets, "networkWallet"))
    return not _call(connection, new_method_call(wallets, "isOpen", "s", (name,)))


def _call(connection: DBusConnection, message: Message) -> Any:
    """Return the first value of the reply."""
    return unwrap_msg(connection.send_and_get_reply(message))[0]
