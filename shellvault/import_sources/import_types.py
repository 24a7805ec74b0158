"""What the places say that key pairs are imported from: found pairs, not checked yet, and remarks on the others."""

from __future__ import annotations

from shellvault.core.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Protocol

    from shellvault.core.model import KeyPair

    class ImportSource(Protocol):
        """A place that key pairs can be brought in from."""

        @property
        def title(self) -> str:
            """What people call it, such as a file's path."""

        @property
        def kept(self) -> str:
            """What to type to remove from it what is imported; empty where `scrub` does."""

        @property
        def hint(self) -> str:
            """What to type where it holds nothing."""

        def find(self, names: Sequence[str]) -> ImportScan:
            """Return what is there: of these names, or all. May return others too."""

        def scrub(self, imported: Sequence[FoundKeyPair]) -> list[str]:
            """Remove the plaintext of these, and return sentences that say so."""


class FoundKeyPair(Record):
    """A key pair, the name it goes by, where it lies, and what else its section says of the profile."""

    name: str
    pair: KeyPair
    place: str
    settings: Mapping[str, str] = {}


class ImportNotice(Record):
    """What goes by a name and looks like a key pair, and why it cannot be imported."""

    name: str
    text: str


class ImportScan(Record):
    """What a place holds."""

    found: tuple[FoundKeyPair, ...]
    remarks: tuple[ImportNotice, ...] = ()
