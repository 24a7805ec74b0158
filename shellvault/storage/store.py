"""What keeps small texts until they expire, whether in the kernel's memory or in the vault. Types only."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Protocol

    from shellvault.core.secret_memory import StoreEntry

    class Store(Protocol):
        """The entries of one kind, each with a secret text and a note that may be listed."""

        def get(self, identity: str) -> str | None:
            """Return an entry's text; None where there is none, or it has expired."""

        def put(self, identity: str, text: str, *, expires_at: int, note: str = "") -> None:
            """Keep a text until `expires_at` (epoch seconds), in place of the one with this identity.

            A note is one line of ASCII.

            Raises:
                VaultUnavailableError: it cannot be kept.
            """

        def remove(self, identity: str) -> None:
            """Remove an entry; an absent one is no error."""

        def entries(self) -> Sequence[StoreEntry]:
            """Return what may be known of each entry without reading its text."""
