"""What sources of key pairs return: the pairs they found, not checked yet, and notices about unusable entries."""

from __future__ import annotations

from shellvault.core.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Protocol

    from shellvault.core.model import KeyPair

    class ImportSource(Protocol):
        """A place from which key pairs can be imported."""

        @property
        def title(self) -> str:
            """What messages call it, such as a file's path."""

        @property
        def removal_command(self) -> str:
            """The command that deletes imported key pairs there; empty where `scrub` does that."""

        @property
        def hint(self) -> str:
            """What to try where it has no key pair."""

        def find(self, names: Sequence[str]) -> ImportScan:
            """Return the key pairs with these names, or all; it may return others too."""

        def scrub(self, imported: Sequence[FoundKeyPair]) -> list[str]:
            """Remove the plaintext of these key pairs, and return sentences about what was done."""


class FoundKeyPair(Record):
    """A key pair, its name, where it was found, and the settings of its section that belong into the profile."""

    name: str
    pair: KeyPair
    place: str
    settings: Mapping[str, str] = {}


class ImportNotice(Record):
    """Why an entry with this name cannot be imported."""

    name: str
    text: str


class ImportScan(Record):
    """What a source has."""

    found: tuple[FoundKeyPair, ...]
    notices: tuple[ImportNotice, ...] = ()
