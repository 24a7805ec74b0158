"""Keeps secrets in memory only, the kernel's or a process's: nothing is written to disk."""

from __future__ import annotations

from shellvault.core.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Protocol

    class SecretMemory(Protocol):
        """The entries of one home, each with a payload and a note that may be listed. Nothing raises.

        Kinds and identities are printable ASCII without a colon. An unavailable memory holds nothing and keeps nothing.
        """

        @property
        def name(self) -> str:
            """What messages call it, such as `the kernel keyring`."""

        def is_available(self) -> bool:
            """Return whether it can keep anything."""

        def find(self, kind: str, identity: str) -> bytes | None:
            """Return an entry's payload."""

        def entries(self, kind: str) -> Sequence[StoreEntry]:
            """Return the notes of all entries of a kind; no payload is read."""

        def find_note(self, kind: str, identity: str) -> StoreEntry | None:
            """Return an entry's note; no payload is read."""

        def add(
            self, kind: str, identity: str, payload: bytes, *, expires_at: int, timeout: int, note: str = ""
        ) -> bool:
            """Keep a payload for `timeout` seconds, replacing the one with this kind and identity.

            A note is one line of ASCII. Return False if the payload cannot be kept; the old entry is then still there.
            Only sessions may be dropped to make room.
            """

        def touch(self, kind: str, identity: str, timeout: int) -> bool:
            """Keep an entry for `timeout` seconds from now, but not beyond its expiry; False: it is gone."""

        def remove(self, kind: str, identity: str) -> None:
            """Remove an entry; an absent one is no error."""

        def clear(self) -> None:
            """Remove every entry."""

        def seconds_left(self, kind: str, identity: str) -> int | None:
            """Return how long an entry will be kept, in seconds and never too long; None: unknown."""


class StoreEntry(Record):
    """What can be known about an entry without reading its payload. `expires_at` is in epoch seconds."""

    identity: str
    expires_at: int
    note: str
