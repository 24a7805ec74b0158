"""The backends of `keyring` that we use, built directly, so that no variable and no file can substitute another.

`keyring.get_keyring()` is never called: it can be made to use a plaintext file, or somebody else's code.
"""

from __future__ import annotations

from importlib import import_module
from operator import attrgetter
from types import new_class
from typing import TYPE_CHECKING

from keyring.errors import KeyringError

from shellvault.core.errors import VaultUnavailableError
from shellvault.core.record import Record

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from keyring.backend import KeyringBackend

UNLOCK = 'bash -c \'read -rsp "Login password: " p; printf %s "$p" | gnome-keyring-daemon -d --replace --unlock\''
"""Works in every shell, keeps the password off command lines, and drops the newline, which would become part of it."""


class KeyringState(Record):
    """Whether a keyring has to be unlocked first, and whether it can ask the user in a window."""

    locked: bool
    can_ask: bool


class KeyringSpec(Record):
    """One backend of keyring.

    Attributes:
        title: its name in messages.
        module: its module in keyring.
        class_name: its class there.
        raises: what it may raise besides keyring's own errors, as attributes of the module.
        attributes: what is set on the instance.
        probe: returns its state; the second argument is whether a window can be shown.
        unlock: how to unlock it by hand.
    """

    title: str
    module: str
    class_name: str
    raises: tuple[str, ...]
    attributes: Mapping[str, str | None]
    probe: Callable[[KeyringSpec, bool], KeyringState]
    unlock: str


def build_keyring(spec: KeyringSpec) -> KeyringBackend:
    """Return the keyring; it ignores `KEYRING_PROPERTY_*`, which could point it at another collection or scheme."""
    overrides = {"set_properties_from_env": lambda _keyring: None}
    base = _import_class(spec)
    keyring: KeyringBackend = new_class(spec.class_name, (base,), exec_body=lambda body: body.update(overrides))()
    for name, value in spec.attributes.items():
        setattr(keyring, name, value)
    return keyring


def foreign_errors(spec: KeyringSpec) -> tuple[type[Exception], ...]:
    """Return what keyring, and the libraries it uses, may raise."""
    return (KeyringError, OSError, *(attrgetter(path)(import_module(spec.module)) for path in spec.raises))


def _import_class(spec: KeyringSpec) -> type[KeyringBackend]:
    found: type[KeyringBackend] = getattr(import_module(spec.module), spec.class_name)
    return found


def _probe_secret_service(_spec: KeyringSpec, has_display: bool) -> KeyringState:  # noqa: FBT001
    from shellvault.storage.keyring import dbus_probe  # jeepney is installed on Linux only

    return KeyringState(*dbus_probe.probe_secret_service(has_display=has_display))


def _probe_kwallet(spec: KeyringSpec, has_display: bool) -> KeyringState:  # noqa: FBT001
    from shellvault.storage.keyring import dbus_probe  # jeepney is installed on Linux only

    state = KeyringState(*dbus_probe.probe_kwallet(has_display=has_display))
    _require_usable(spec)
    return state


def _probe_keychain(spec: KeyringSpec, _has_display: bool) -> KeyringState:  # noqa: FBT001
    """Return that the keychain may ask: any call may lead to "Always Allow", and nothing predicts it."""
    _require_usable(spec)
    return KeyringState(locked=False, can_ask=True)


def _probe_wincred(spec: KeyringSpec, _has_display: bool) -> KeyringState:  # noqa: FBT001
    _require_usable(spec)
    return KeyringState(locked=False, can_ask=False)


def _require_usable(spec: KeyringSpec) -> None:
    """Raise keyring's own reason why this backend cannot be used here, such as a missing library."""
    try:
        _import_class(spec).priority  # noqa: B018 - a property that raises
    except RuntimeError as error:
        raise VaultUnavailableError(f"{spec.title} cannot be used: {error}", "use `--backend sealed`") from error


KEYRING_SPECS = {
    "secret-service": KeyringSpec(
        title="the Secret Service keyring",
        module="keyring.backends.SecretService",
        class_name="Keyring",
        raises=("exceptions.SecretStorageException", "secretstorage.util.DBusErrorResponse"),
        attributes={},
        probe=_probe_secret_service,
        unlock=f"log in to the desktop, or type {UNLOCK}",
    ),
    "kwallet": KeyringSpec(
        title="KWallet",
        module="keyring.backends.kwallet",
        class_name="DBusKeyring",
        raises=("dbus.DBusException",),
        attributes={},
        probe=_probe_kwallet,
        unlock="open the wallet in KWalletManager",
    ),
    "keychain": KeyringSpec(
        title="the macOS keychain",
        module="keyring.backends.macOS",
        class_name="Keyring",
        raises=(),
        attributes={"keychain": None},  # KEYCHAIN_PATH
        probe=_probe_keychain,
        unlock="type security unlock-keychain",
    ),
    "wincred": KeyringSpec(
        title="the Windows Credential Manager",
        module="keyring.backends.Windows",
        class_name="WinVaultKeyring",
        raises=("pywintypes.error",),
        attributes={"persist": "local machine"},  # the default roams to other machines
        probe=_probe_wincred,
        unlock="sign in at the machine itself",
    ),
}
