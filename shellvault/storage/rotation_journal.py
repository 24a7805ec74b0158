"""The journal of unfinished rotations: one vault entry per key pair, with the secrets of the old key and the new."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from shellvault.core.model import KeyPair
from shellvault.core.record import Secret
from shellvault.core.rotation.journal import Rotation

if TYPE_CHECKING:
    from collections.abc import Callable

    from shellvault.storage.backends import Backend


class RotationJournal:
    """Rotations by the name of their key pair. `open_backend` is called only when one is read or written."""

    def __init__(self, open_backend: Callable[[], Backend]) -> None:
        self._open = open_backend

    def get(self, name: str) -> Rotation | None:
        """Return the unfinished rotation of a key pair."""
        text = self._open().get(_entry(name))
        return None if text is None else _unpack(text)

    def keep(self, name: str, rotation: Rotation) -> None:
        """Record how far a rotation is."""
        self._open().set(_entry(name), _pack(rotation))

    def forget(self, name: str) -> None:
        """Remove a rotation; an absent one is no error."""
        self._open().delete(_entry(name))


def _entry(name: str) -> str:
    return f"rotation:{name}"


def _pack(rotation: Rotation) -> str:
    pairs = [_pack_pair(pair) for pair in (rotation.old, rotation.new)]
    return json.dumps([*pairs, rotation.known, rotation.begun_at])


def _pack_pair(pair: KeyPair | None) -> list[str] | None:
    return None if pair is None else [pair.access_key_id, str(pair.secret_access_key)]


def _unpack(text: str) -> Rotation | None:
    try:
        old, new, known, *begun_at = json.loads(text)  # older versions did not write when it had begun
        return Rotation(_unpack_pair(old), tuple(known), float(*begun_at), _unpack_pair(new) if new else None)
    except (ValueError, TypeError):  # not written by us
        return None


def _unpack_pair(texts: list[str]) -> KeyPair:
    key_id, secret = texts
    return KeyPair(str(key_id), Secret(secret))
