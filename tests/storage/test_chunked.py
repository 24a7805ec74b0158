"""A secret in pieces is read completely, old or new, whenever its writer dies and whoever reads meanwhile."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from shellvault.core.errors import VaultUnavailableError
from shellvault.storage.keyring.chunked import Chunked
from tests.storage.fake_backends import NarrowBackend

if TYPE_CHECKING:
    from shellvault.core.record import Secret

OLD = "o" * 3_000
NEW = "n" * 4_000
WRITES = 14  # of NEW over OLD: seven pieces, the head, five old pieces, and one to spare


def test_a_secret_of_wide_characters_fits() -> None:
    """An emoji takes twice the space in UTF-16; the fake refuses what Windows would."""
    vault = Chunked(NarrowBackend({}))
    vault.set("wide", "🔑" * 2_000)
    assert vault.get("wide") == "🔑" * 2_000


@pytest.mark.parametrize("writes", range(WRITES))
def test_a_killed_writer_leaves_the_old_secret_or_the_new_one(writes: int) -> None:
    """Whichever write was its last."""
    entries: dict[str, str] = {}
    Chunked(NarrowBackend(entries)).set("dev", OLD)
    dying = Chunked(NarrowBackend(entries, writes))
    try:
        dying.set("dev", NEW)
    except VaultUnavailableError:
        assert Chunked(NarrowBackend(entries)).get("dev") in (OLD, NEW)
    else:
        assert Chunked(NarrowBackend(entries)).get("dev") == NEW


@pytest.mark.parametrize("reads", range(7))
def test_a_reader_overtaken_by_a_writer_never_sees_a_mix(reads: int) -> None:
    """The secret is replaced after the reader's n-th read: it finds the old pieces, or starts again."""
    entries: dict[str, str] = {}
    writer = Chunked(NarrowBackend(entries))
    writer.set("dev", OLD)

    class Overtaken(NarrowBackend):
        """A backend in which a writer replaces the secret meanwhile."""

        reads = 0

        def get(self, entry: str) -> Secret | None:
            found = super().get(entry)
            self.reads += 1
            if self.reads == reads:
                writer.set("dev", NEW)
            return found

    assert Chunked(Overtaken(entries)).get("dev") in (OLD, NEW)


def test_replacing_and_deleting_leave_no_piece_behind() -> None:
    """No old secret stays in the vault unnoticed."""
    entries: dict[str, str] = {}
    vault = Chunked(NarrowBackend(entries))
    vault.set("dev", OLD)
    vault.set("dev", NEW)
    assert not any("o" in text for text in entries.values())
    vault.delete("dev")
    assert entries == {}


def test_a_lost_piece_is_an_error_that_names_the_entry() -> None:
    """Half a secret is never returned."""
    entries: dict[str, str] = {}
    vault = Chunked(NarrowBackend(entries))
    vault.set("dev", OLD)
    del entries[next(name for name in entries if name.endswith("~2"))]
    with pytest.raises(VaultUnavailableError) as raised:
        vault.get("dev")
    assert raised.value.message == "the wincred entry of dev is damaged"
    assert raised.value.hint == "store it again: shellvault add"
