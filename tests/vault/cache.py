"""Looks into a house's session cache, and makes what is in it look older than it is."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from shellvault.stored import kernel_keyring
from shellvault.stores.kernel import SESSION
from shellvault.stores.sessions import pack, unpack

if TYPE_CHECKING:
    from shellvault.stores.kernel import Entry
    from tests.house import House


def sessions(house: House) -> list[Entry]:
    """Return what is cached."""
    return [entry for entry in kernel_keyring(str(house.vault)).entries() if entry.kind == SESSION]


def make_due(house: House, kind: str = "") -> None:
    """Let every session, or those of this kind, be inside its margin, and still valid for a quarter of an hour."""
    kernel = kernel_keyring(str(house.vault))
    for entry in sessions(house):
        session = unpack(kernel.read(entry.key_id) or b"")
        assert session, "not a session of ours"
        if kind in entry.detail:
            due = session.replace(refresh_at=int(time.time()) - 1)
            detail = f"{due.refresh_at}:{entry.detail.partition(':')[2]}"
            end = {"expires_at": entry.expires_at, "timeout": 900}
            assert kernel.add(SESSION, entry.identity, pack(due), detail=detail, **end)


def forget(house: House, kind: str = "") -> None:
    """Let every session, or those of this kind, be gone, as they are when they have expired."""
    for entry in sessions(house):
        if kind in entry.detail:
            kernel_keyring(str(house.vault)).unlink(entry.key_id)
