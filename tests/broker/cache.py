"""Looks into a sandbox's session cache, and makes what is in it look older than it is."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from shellvault.storage.kernel_keyring import SESSION
from shellvault.storage.opener import kernel_keyring
from shellvault.storage.session_cache import pack, unpack

if TYPE_CHECKING:
    from shellvault.storage.kernel_keyring import KernelEntry
    from tests.sandbox import Sandbox


def sessions(sandbox: Sandbox) -> list[KernelEntry]:
    """Return what is cached."""
    return [entry for entry in kernel_keyring(str(sandbox.vault)).entries() if entry.kind == SESSION]


def make_due(sandbox: Sandbox, kind: str = "") -> None:
    """Let every session, or those of this kind, be inside its margin, and still valid for a quarter of an hour."""
    kernel = kernel_keyring(str(sandbox.vault))
    for entry in sessions(sandbox):
        session = unpack(kernel.read(entry.key_id) or b"")
        assert session, "not a session of ours"
        if kind in entry.detail:
            due = session.replace(refresh_at=int(time.time()) - 1)
            detail = f"{due.refresh_at}:{entry.detail.partition(':')[2]}"
            end = {"expires_at": entry.expires_at, "timeout": 900}
            assert kernel.add(SESSION, entry.identity, pack(due), detail=detail, **end)


def forget(sandbox: Sandbox, kind: str = "") -> None:
    """Let every session, or those of this kind, be gone, as they are when they have expired."""
    for entry in sessions(sandbox):
        if kind in entry.detail:
            kernel_keyring(str(sandbox.vault)).unlink(entry.key_id)
