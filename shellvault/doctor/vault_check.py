"""Whether the vault answers, whether it is locked, and whether sessions can be cached."""

from __future__ import annotations

import os
import stat
import sys
import time

from shellvault.core.durations import format_time_left
from shellvault.core.errors import ShellvaultError, VaultUnavailableError
from shellvault.core.text import last4, quote_names, quote_word
from shellvault.doctor.finding import FAIL, OK, WARN, Finding, from_error

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from shellvault.core.secret_memory import SecretMemory
    from shellvault.settings import Settings
    from shellvault.storage.index import Index
    from shellvault.storage.opener import Storage

_NO_PROMPTS = (
    "SHELLVAULT_PASSPHRASE_FILE avoids the prompts"
    if sys.platform == "win32"
    else "shellvault agent start avoids the prompts; so does SHELLVAULT_PASSPHRASE_FILE"
)
_NEARLY_FULL = 0.9  # of a quota of the kernel keyring


def check_vault(storage: Storage, settings: Settings) -> Iterator[Finding]:
    """Check the vault in use, others that have key pairs, the passphrase, and what caches sessions."""
    try:
        yield from find_index_problem(storage.index)
        finding, is_unlocked = _check_backend(storage, has_display=settings.has_display)
        yield finding
        if is_unlocked:
            yield from _find_unfinished_rotations(storage)
        yield from _find_other_vaults(storage)
        yield from _find_shared_keys(storage)
    except ShellvaultError as error:
        yield from_error(error)
    yield from _check_passphrase(settings)
    yield check_memory(storage.memory)


def is_readable(storage: Storage, settings: Settings) -> bool:
    """Return whether the vault in use has entries that can be read without asking."""
    return _check_backend(storage, has_display=settings.has_display)[1]


def find_index_problem(index: Index) -> Iterator[Finding]:
    """Check that the index of key pairs is whole."""
    index.entries()
    if not index.problem:
        return
    from shellvault.storage.index_repair import describe_problem

    message, fix = describe_problem(index)
    if message and index.has_copy:
        yield Finding(WARN, f"{message}; its copy is used", fix)
    elif message:
        yield Finding(FAIL, message, fix, VaultUnavailableError.status)


def _check_backend(storage: Storage, *, has_display: bool) -> tuple[Finding, bool]:
    """Return the state of the vault in use, and whether it has entries that can be read without asking."""
    from shellvault.storage.backends import SEALED

    if storage.backend_name != SEALED:
        from shellvault.storage.keyring.os_keyring import OsKeyring

        state = OsKeyring(storage.backend_name, has_display=has_display).probe()
        locked = "is locked; it will ask for its password in a window" if state.locked else "is unlocked"
        return Finding(OK, f"the {storage.backend_name} keyring is available, and {locked}"), not state.locked
    vault_id = storage.find_vault_id()
    if vault_id is None:
        return Finding(OK, "the vault is a sealed file, with no key pair in it yet"), False
    lock_time = storage.unlocked_keys().find_lock_time(vault_id)
    if lock_time:
        left = format_time_left(lock_time, time.time())
        return Finding(OK, f"the sealed vault can be read, and is unlocked; it locks in {left} if unused"), True
    return Finding(OK, "the sealed vault can be read, and is locked; it will ask for its passphrase"), False


def check_memory(memory: SecretMemory) -> Finding:
    """Return where sessions are cached, and how full the user's quota is if the kernel keeps them."""
    from shellvault.storage.kernel_keyring import KernelKeyring
    from shellvault.storage.keyctl import used_quotas

    if not memory.is_available():
        return Finding(
            WARN,
            "this system has no kernel keyring: sessions are kept in the vault, which is locked between commands",
            _NO_PROMPTS,
        )
    message = f"sessions are cached in {memory.name}"
    if memory.name != KernelKeyring.name:
        return Finding(OK, message)
    used = max(used_quotas())
    if used < _NEARLY_FULL:
        return Finding(OK, f"{message}; {used:.0%} of your quota there is in use")
    fix = "keyctl show @u lists what is there; shellvault clear removes the sessions"
    return Finding(WARN, f"{message}, where {used:.0%} of your quota is in use: the next ones may not fit", fix)


def _find_unfinished_rotations(storage: Storage) -> Iterator[Finding]:
    journal = storage.rotation_journal()
    for entry in storage.index.entries():
        if entry.backend == storage.backend_name and journal.get(entry.name):
            message = f"the rotation of '{entry.name}' was interrupted: its old key may still be active at AWS"
            yield Finding(WARN, message, f"shellvault rotate {quote_word(entry.name)}")


def _find_other_vaults(storage: Storage) -> Iterator[Finding]:
    entries = storage.index.entries()
    for backend in dict.fromkeys(entry.backend for entry in entries):
        if backend != storage.backend_name:
            names = ", ".join(entry.name for entry in entries if entry.backend == backend)
            message = f"the {backend} vault also has key pairs, which are not used now: {names}"
            yield Finding(WARN, message, f"shellvault list --backend {backend}")


def _find_shared_keys(storage: Storage) -> Iterator[Finding]:
    from shellvault.storage.index import group_by_key

    for group in group_by_key(storage.index.entries()):
        names = [each.name for each in group if each.backend == storage.backend_name]
        elsewhere = [f"'{each.name}' ({each.backend})" for each in group if each.backend != storage.backend_name]
        key = f"the key pair {last4(group[0].last4)} is stored as {quote_names(names)}"
        if names and elsewhere:
            yield Finding(
                WARN,
                f"{key}, and in another vault as {', '.join(elsewhere)}, which rotate does not change",
                "after rotate, store the new key pair there, or remove it",
            )
        elif len(names) > 1:
            yield Finding(WARN, f"{key}: rotating one of them gives each the new key pair")


def _check_passphrase(settings: Settings) -> Iterator[Finding]:
    if settings.passphrase:
        yield Finding(
            WARN,
            "SHELLVAULT_PASSPHRASE is set, where your other programs can read it",
            "write it to a file of mode 600, and name that in SHELLVAULT_PASSPHRASE_FILE",
        )
    path = settings.passphrase_file
    try:
        mode = stat.S_IMODE(os.stat(path).st_mode) if path else 0
    except OSError as error:
        yield Finding(WARN, f"cannot read the passphrase file {path}: {error.strerror}", "fix its path or permissions")
        return
    if mode & 0o077 and hasattr(os, "geteuid"):
        message = f"other users may read the passphrase file {path} (mode {mode:o})"
        yield Finding(WARN, message, f"chmod 600 {quote_word(path)}")
