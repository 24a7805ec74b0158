"""A sealed file that is damaged, lost or forged is refused with an explanation, and never silently replaced."""

from __future__ import annotations

import hashlib
import os
import subprocess
from random import Random
from typing import TYPE_CHECKING

import pytest

from shellvault.core.errors import PersonNeededError, ShellvaultError, VaultUnavailableError
from shellvault.storage.sealed.unlocked_key_cache import UnlockedKeyCache
from tests.full_size import Note, scale
from tests.providers.mutators import mutate_bytes
from tests.storage.sealed_vaults import open_sealed_file, stored_names

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from shellvault.storage.kernel_keyring import KernelKeyring
    from shellvault.storage.sealed.sealed_file import SealedFile

DIGEST = 32
FILES = scale(20_000)


@pytest.fixture
def file(tmp_path: Path, kernel: KernelKeyring) -> Path:
    """Return the path of an unlocked vault with one entry, whose backup has none."""
    open_sealed_file(tmp_path, kernel).set("name", "secret")
    return tmp_path / "vault.sealed"


def flip(raw: bytes, bit: int) -> bytes:
    """Return the bytes with one bit changed."""
    changed = bytearray(raw)
    changed[bit // 8] ^= 1 << bit % 8
    return bytes(changed)


def update_digest(raw: bytes) -> bytes:
    """Return the bytes with a digest that fits, as a forger would."""
    return raw[:-DIGEST] + hashlib.sha256(raw[:-DIGEST]).digest()


def read_and_write(vault: SealedFile) -> tuple[Callable[[], object], ...]:
    """Return two uses of a vault."""
    return lambda: vault.get("name"), lambda: vault.set("b", "y")


def test_every_flipped_bit_is_refused(file: Path, kernel: KernelKeyring) -> None:
    """Whichever bit changed on the disk, even while the vault is unlocked."""
    vault, raw = open_sealed_file(file.parent, kernel), file.read_bytes()
    for bit in range(len(raw) * 8):
        file.write_bytes(flip(raw, bit))
        with pytest.raises(VaultUnavailableError):
            vault.get("name")
    file.write_bytes(raw)
    assert vault.get("name") == "secret"


def test_every_flipped_bit_is_refused_even_with_a_digest_that_fits(file: Path, kernel: KernelKeyring) -> None:
    """The cryptography itself refuses forged headers and bodies, unlocked and locked."""
    vault, raw = open_sealed_file(file.parent, kernel), file.read_bytes()
    for bit in range((len(raw) - DIGEST) * 8):
        file.write_bytes(update_digest(flip(raw, bit)))
        with pytest.raises(ShellvaultError) as raised:
            vault.get("name")
        assert raised.value.status in (5, 6)
    for bit in range(0, (len(raw) - DIGEST) * 8, 3):
        UnlockedKeyCache(kernel).lock_all()
        file.write_bytes(update_digest(flip(raw, bit)))
        with pytest.raises((VaultUnavailableError, PersonNeededError)):
            vault.get("name")


def test_a_garbled_file_is_refused(file: Path, kernel: KernelKeyring, record_property: Note) -> None:
    """Parts cut, moved, doubled or replaced, with a digest that fits: the vault's or none, never anything else."""
    vault, raw = open_sealed_file(file.parent, kernel), file.read_bytes()
    chance = Random(FILES)  # noqa: S311 - the same files in every run
    for _ in range(FILES):
        changed = mutate_bytes(raw[:-DIGEST], chance)
        if changed == raw[:-DIGEST]:
            continue
        file.write_bytes(changed + hashlib.sha256(changed).digest())
        with pytest.raises(ShellvaultError) as raised:
            vault.get("name")
        assert raised.value.status in (5, 6)
    record_property("runs", FILES)


def test_every_truncation_and_every_addition_is_refused(file: Path, kernel: KernelKeyring) -> None:
    """Cut anywhere, emptied or extended."""
    vault, raw = open_sealed_file(file.parent, kernel), file.read_bytes()
    for length in range(len(raw)):
        for changed in (raw[:length], update_digest(raw[:length]), raw + raw[: length + 1]):
            file.write_bytes(changed)
            with pytest.raises(VaultUnavailableError):
                vault.get("name")


def test_a_damaged_vault_asks_for_no_passphrase_and_is_not_replaced(file: Path, kernel: KernelKeyring) -> None:
    """Reading and writing fail with its name, and leave it as it is."""
    UnlockedKeyCache(kernel).lock_all()
    vault = open_sealed_file(file.parent, kernel, refuse_to_type)
    damaged = flip(file.read_bytes(), 1500)
    file.write_bytes(damaged)
    uses: tuple[Callable[[], object], ...] = (
        *read_and_write(vault),
        lambda: vault.delete("name"),
        vault.unlock,
        lambda: vault.create("other"),
    )
    for use in uses:
        with pytest.raises(VaultUnavailableError, match="the sealed vault is damaged") as raised:
            use()
        assert raised.value.status == 5
        assert str(file) in raised.value.message
    assert file.read_bytes() == damaged


def refuse_to_type(*, new: bool) -> str:
    """Fail, because no passphrase is to be asked for."""
    raise AssertionError(f"asked for a passphrase, new={new}")


@pytest.mark.parametrize("lost", [True, False])
def test_the_hint_for_a_damaged_or_lost_vault_restores_the_backup(
    tmp_path: Path, kernel: KernelKeyring, *, lost: bool
) -> None:
    """Pasted into a shell, it restores the version before the last change."""
    file = tmp_path / "it's a folder" / "vault.sealed"
    vault = open_sealed_file(file.parent, kernel)
    vault.set("a", "first")
    vault.set("a", "second")
    if lost:
        file.unlink()
    else:
        file.write_bytes(b"")
    for use in read_and_write(vault):
        with pytest.raises(VaultUnavailableError, match="is gone" if lost else "is damaged") as raised:
            use()
    said, _, command = raised.value.hint.partition(": ")
    assert said == "restore the version before the last change"
    subprocess.run(["sh", "-c", command], check=True)
    assert vault.get("a") == "first"
    vault.set("b", "y")
    assert stored_names(vault) == ["a", "b"]


def test_the_hint_for_a_damaged_vault_without_a_backup_does_not_promise_one(file: Path, kernel: KernelKeyring) -> None:
    """It says what else can be done."""
    file.write_bytes(b"")
    file.with_name("vault.old").unlink()
    with pytest.raises(VaultUnavailableError) as raised:
        open_sealed_file(file.parent, kernel).get("name")
    assert "backup of your own" in raised.value.hint


def test_a_vault_of_a_later_version_asks_for_an_upgrade(file: Path, kernel: KernelKeyring) -> None:
    """It does not count as damaged, and is left as it is."""
    newer = file.read_bytes().replace(b"vault 1\n", b"vault 12\n", 1)
    file.write_bytes(newer)
    vault = open_sealed_file(file.parent, kernel)
    for use in read_and_write(vault):
        with pytest.raises(VaultUnavailableError, match="newer shellvault") as raised:
            use()
        assert raised.value.hint.startswith("upgrade")
    assert file.read_bytes() == newer


@pytest.mark.parametrize("costs", [(31, 8, 1), (63, 8, 1), (255, 255, 255), (20, 16, 1), (17, 8, 255), (17, 0, 1)])
def test_a_hostile_header_cannot_cost_us_memory_or_hours(
    file: Path, kernel: KernelKeyring, costs: tuple[int, int, int]
) -> None:
    """Costs beyond 1 GiB, many lanes and nonsense are refused before anything is computed."""
    UnlockedKeyCache(kernel).lock_all()
    raw = file.read_bytes()
    file.write_bytes(update_digest(raw[:42] + bytes(costs) + raw[45:]))
    with pytest.raises(VaultUnavailableError, match="damaged"):
        open_sealed_file(file.parent, kernel).get("name")


def test_a_huge_file_is_not_read(file: Path, kernel: KernelKeyring) -> None:
    """A file that is too large to be ours is refused for its size."""
    os.truncate(file, 1 << 40)
    with pytest.raises(VaultUnavailableError, match="not a sealed vault"):
        open_sealed_file(file.parent, kernel).get("name")
