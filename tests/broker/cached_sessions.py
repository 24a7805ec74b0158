"""Lists, ages and drops the sessions in a sandbox's session cache."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from shellvault.storage.kernel_keyring import SESSION
from shellvault.storage.opener import kernel_keyring
from shellvault.storage.session_cache import pack, unpack

if TYPE_CHECKING:
    from shellvault.core.secret_memory import StoreEntry
    from tests.sandbox import Sandbox


def list_cached_sessions(sandbox: Sandbox) -> list[StoreEntry]:
    """Return the session entries in the sandbox's kernel keyring."""
    return kernel_keyring(str(sandbox.vault)).entries(SESSION)


def make_due(sandbox: Sandbox, kind: str = "") -> None:
    """Put every session, or every session of this kind, inside its refresh margin with 15 minutes of validity left."""
    kernel = kernel_keyring(str(sandbox.vault))
    for entry in list_cached_sessions(sandbox):
        session = unpack((kernel.find(SESSION, entry.identity) or b"").decode())
        assert session, "not a shellvault session"
        if kind in entry.note:
            due = session.replace(refresh_at=int(time.time()) - 1)
            _refresh_at, tab, rest = entry.note.partition("\t")
            note = f"{due.refresh_at}{tab}{rest}"
            end = {"expires_at": entry.expires_at, "timeout": 900}
            assert kernel.add(SESSION, entry.identity, pack(due).encode(), note=note, **end)


def drop_sessions(sandbox: Sandbox, kind: str = "") -> None:
    """Drop every session, or every session of this kind, as if it had expired."""
    for entry in list_cached_sessions(sandbox):
        if kind in entry.note:
            kernel_keyring(str(sandbox.vault)).remove(SESSION, entry.identity)
