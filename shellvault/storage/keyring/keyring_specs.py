"""The allow-listed backends of `keyring`, built directly; no variable and no file can put another one in their place.

`keyring.get_keyring()` is never called: it can be steered to a plaintext file, or to a stranger's code.
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
"""Works in every shell, keeps the password off command lines, and drops the newline, which would be part of it."""


class KeyringState(Record):
    """Whether a keyring has to be unlocked first, and whether it can ask a person on a display."""

    locked: bool
    can_ask: bool


class KeyringSpec(Record):
    """One backend: its title for people, its class in keyring, what that may raise, how to unlock it by hand."""

    title: str
    module: str
    kind: str
    raises: tuple[str, ...]
    settings: Mapping[str, str | None]
    state: Callable[[KeyringSpec, Mapping[str, str]], KeyringState]
    unlock: str


def build(ring: KeyringSpec) -> KeyringBackend:
    """Return the keyring, deaf to `KEYRING_PROPERTY_*`, which could point it at another collection or scheme."""
    deaf = {"set_properties_from_env": lambda _keyring: None}
    keyring: KeyringBackend = new_class(ring.kind, (_kind(ring),), exec_body=lambda body: body.update(deaf))()
    for name, value in ring.settings.items():
        setattr(keyring, name, value)
    return keyring


def foreign_errors(ring: KeyringSpec) -> tuple[type[Exception], ...]:
    """Return what keyring, and the libraries below it, may raise."""
    return (KeyringError, OSError, *(attrgetter(path)(import_module(ring.module)) for path in ring.raises))


def _kind(ring: KeyringSpec) -> type[KeyringBackend]:
    kind: type[KeyringBackend] = getattr(import_module(ring.module), ring.kind)
    return kind


def _secret_service(_ring: KeyringSpec, environ: Mapping[str, str]) -> KeyringState:
    from shellvault.storage.keyring import dbus_probe  # jeepney is installed on Linux only

    return KeyringState(*dbus_probe.secret_service(environ))


def _kwallet(ring: KeyringSpec, environ: Mapping[str, str]) -> KeyringState:
    from shellvault.storage.keyring import dbus_probe  # jeepney is installed on Linux only

    found = dbus_probe.kwallet(environ)
    _require_viable(ring)
    return KeyringState(*found)


def _keychain(ring: KeyringSpec, _environ: Mapping[str, str]) -> KeyringState:
    """The keychain may ask for "Always Allow" at any call, and says nothing beforehand."""
    _require_viable(ring)
    return KeyringState(locked=False, can_ask=True)


def _wincred(ring: KeyringSpec, _environ: Mapping[str, str]) -> KeyringState:
    _require_viable(ring)
    return KeyringState(locked=False, can_ask=False)


def _require_viable(ring: KeyringSpec) -> None:
    """Raise what keyring itself has against this backend here, such as a missing library."""
    try:
        _kind(ring).priority  # noqa: B018 - a property that raises
    except RuntimeError as error:
        raise VaultUnavailableError(f"{ring.title} cannot be used: {error}", "use `--backend sealed`") from error


KEYRING_SPECS = {
    "secret-service": KeyringSpec(
        title="the Secret Service keyring",
        module="keyring.backends.SecretService",
        kind="Keyring",
        raises=("exceptions.SecretStorageException", "secretstorage.util.DBusErrorResponse"),
        settings={},
        state=_secret_service,
        unlock=f"log in to the desktop, or type {UNLOCK}",
    ),
    "kwallet": KeyringSpec(
        title="KWallet",
        module="keyring.backends.kwallet",
        kind="DBusKeyring",
        raises=("dbus.DBusException",),
        settings={},
        state=_kwallet,
        unlock="open the wallet in KWalletManager",
    ),
    "keychain": KeyringSpec(
        title="the macOS keychain",
        module="keyring.backends.macOS",
        kind="Keyring",
        raises=(),
        settings={"keychain": None},  # KEYCHAIN_PATH
        state=_keychain,
        unlock="type security unlock-keychain",
    ),
    "wincred": KeyringSpec(
        title="the Windows Credential Manager",
        module="keyring.backends.Windows",
        kind="WinVaultKeyring",
        raises=("pywintypes.error",),
        settings={"persist": "local machine"},  # the default roams to other machines
        state=_wincred,
        unlock="sign in at the machine itself",
    ),
}
