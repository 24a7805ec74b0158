"""Whether the vault answers, whether it is locked, and whether sessions can be cached."""

from __future__ import annotations

import os
import stat
import time
from shlex import quote

from shellvault.core.durations import format_time_left
from shellvault.core.errors import ShellvaultError
from shellvault.doctor import BAD, NOTE, OK, Finding

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from shellvault.app import App


def look(app: App) -> Iterator[Finding]:
    """Look at the vault, at what else has keys, at the passphrase's file and at the kernel keyring."""
    try:
        yield _state(app)
        yield from _elsewhere(app)
    except ShellvaultError as error:
        yield Finding(BAD, error.message, error.hint, error.status)
    yield from _passphrase(app)
    yield _kernel(app)


def _state(app: App) -> Finding:
    from shellvault.storage.backends import SEALED

    if app.backend_name != SEALED:
        return _keyring(app)
    vault_id = app.sealed().vault_id()
    if vault_id is None:
        return Finding(OK, "the vault is a sealed file, with no key pair in it yet")
    until = app.holder().until(vault_id)
    if until:
        return Finding(OK, f"the sealed vault can be read, and is unlocked for {format_time_left(until, time.time())}")
    return Finding(OK, "the sealed vault can be read, and is locked; its passphrase will be asked for")


def _keyring(app: App) -> Finding:
    from shellvault.storage.keyring.os_keyring import OsKeyring

    state = OsKeyring(app.backend_name, environ=app.environ).probe()
    locked = "is locked; it will ask for its password in a window of its own" if state.locked else "is unlocked"
    return Finding(OK, f"the {app.backend_name} keyring answers, and {locked}")


def _elsewhere(app: App) -> Iterator[Finding]:
    for backend in dict.fromkeys(entry.backend for entry in app.index.entries()):
        if backend != app.backend_name:
            names = ", ".join(entry.name for entry in app.index.entries() if entry.backend == backend)
            yield Finding(
                NOTE, f"the {backend} vault has key pairs too, which are not used now: {names}",
                f"shellvault list --backend {backend}",
            )  # fmt: skip


def _passphrase(app: App) -> Iterator[Finding]:
    if app.environ.get("SHELLVAULT_PASSPHRASE"):
        yield Finding(
            NOTE, "SHELLVAULT_PASSPHRASE is set, where your other programs can read it",
            "write it to a file of mode 600, and name that in SHELLVAULT_PASSPHRASE_FILE",
        )  # fmt: skip
    path = app.environ.get("SHELLVAULT_PASSPHRASE_FILE", "")
    try:
        mode = stat.S_IMODE(os.stat(path).st_mode) if path else 0
    except OSError as error:
        yield Finding(NOTE, f"the passphrase file {path} cannot be read: {error.strerror}", "mend its path or rights")
        return
    if mode & 0o077:
        yield Finding(NOTE, f"others may read the passphrase file {path} (mode {mode:o})", f"chmod 600 {quote(path)}")


def _kernel(app: App) -> Finding:
    if app.kernel.available():
        return Finding(OK, "the kernel keyring holds sessions")
    return Finding(
        NOTE, "this system has no kernel keyring: sessions rest in the vault, which is locked between commands",
        "SHELLVAULT_PASSPHRASE_FILE spares the questions; containers can allow the calls add_key and keyctl",
    )  # fmt: skip
