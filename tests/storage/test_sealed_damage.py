"""A sealed file that was damaged, lost, or made by a stranger: refused, explained, and never silently replaced."""

from __future__ import annotations

import hashlib
import os
import subprocess
from typing import TYPE_CHECKING

import pytest

from shellvault.core.errors import PersonNeededError, ShellvaultError, VaultUnavailableError
from shellvault.storage.sealed.unlocked_key_cache import UnlockedKeyCache
from tests.storage.sealed_support import own_kernel, sealed

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from shellvault.storage.kernel_keyring import KernelKeyring

DIGEST = 32


@pytest.fixture
def kernel() -> Iterator[KernelKeyring]:
    """Give a kernel keyring under a prefix of its own."""
    with own_kernel() as kernel:
        yield kernel


@pytest.fixture
def file(tmp_path: Path, kernel: KernelKeyring) -> Path:
    """Give the path of an unlocked vault with one entry, and a backup of it without."""
    sealed(tmp_path, kernel).set("name", "secret")
    return tmp_path / "vault.sealed"


def flipped(raw: bytes, bit: int) -> bytes:
    """Return the bytes with one bit changed."""
    changed = bytearray(raw)
    changed[bit // 8] ^= 1 << bit % 8
    return bytes(changed)


def resigned(raw: bytes) -> bytes:
    """Return the bytes with a digest that fits, as a forger would make them."""
    return raw[:-DIGEST] + hashlib.sha256(raw[:-DIGEST]).digest()


def test_every_flipped_bit_is_refused(file: Path, kernel: KernelKeyring) -> None:
    """Whichever bit the disk lost, the vault says so, even unlocked."""
    vault, raw = sealed(file.parent, kernel), file.read_bytes()
    for bit in range(len(raw) * 8):
        file.write_bytes(flipped(raw, bit))
        with pytest.raises(VaultUnavailableError):
            vault.names()
    file.write_bytes(raw)
    assert vault.get("name") == "secret"


def test_every_flipped_bit_is_refused_even_with_a_digest_that_fits(file: Path, kernel: KernelKeyring) -> None:
    """The cryptography itself refuses a forger's changes, in the header as in the body, unlocked and locked."""
    vault, raw = sealed(file.parent, kernel), file.read_bytes()
    for bit in range((len(raw) - DIGEST) * 8):
        file.write_bytes(resigned(flipped(raw, bit)))
        with pytest.raises(ShellvaultError) as raised:
            vault.names()
        assert raised.value.status in (5, 6)
    for bit in range(0, (len(raw) - DIGEST) * 8, 3):
        UnlockedKeyCache(kernel).forget()
        file.write_bytes(resigned(flipped(raw, bit)))
        with pytest.raises((VaultUnavailableError, PersonNeededError)):
            vault.names()


def test_every_truncation_and_every_addition_is_refused(file: Path, kernel: KernelKeyring) -> None:
    """Cut anywhere, emptied or grown: refused."""
    vault, raw = sealed(file.parent, kernel), file.read_bytes()
    for length in range(len(raw)):
        for changed in (raw[:length], resigned(raw[:length]), raw + raw[: length + 1]):
            file.write_bytes(changed)
            with pytest.raises(VaultUnavailableError):
                vault.names()


def test_a_damaged_vault_asks_nobody_and_is_not_replaced(file: Path, kernel: KernelKeyring) -> None:
    """Reading and writing name the file and keep their hands off it."""
    UnlockedKeyCache(kernel).forget()
    vault = sealed(file.parent, kernel, asked_nothing)
    damaged = flipped(file.read_bytes(), 1500)
    file.write_bytes(damaged)
    uses = (
        vault.names,
        lambda: vault.set("b", "y"),
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


def asked_nothing(*, new: bool) -> str:
    """Fail when a passphrase is asked for."""
    raise AssertionError(f"asked for a passphrase, new={new}")


@pytest.mark.parametrize("lost", [True, False])
def test_the_hint_of_a_damaged_or_lost_vault_restores_the_backup(
    tmp_path: Path, kernel: KernelKeyring, *, lost: bool
) -> None:
    """Typed into a shell, it brings back the version before the last change."""
    file = tmp_path / "it's a folder" / "vault.sealed"
    vault = sealed(file.parent, kernel)
    vault.set("a", "first")
    vault.set("a", "second")
    if lost:
        file.unlink()
    else:
        file.write_bytes(b"")
    for use in (vault.names, lambda: vault.set("b", "y")):
        with pytest.raises(VaultUnavailableError, match="is gone" if lost else "is damaged") as raised:
            use()
    said, _, command = raised.value.hint.partition(": ")
    assert said == "its backup is the version before the last change"
    subprocess.run(["sh", "-c", command], check=True)
    assert vault.get("a") == "first"
    vault.set("b", "y")
    assert vault.names() == ["a", "b"]


def test_a_damaged_vault_without_a_backup_says_what_is_left_to_do(file: Path, kernel: KernelKeyring) -> None:
    """The hint does not promise a backup that is not there."""
    file.write_bytes(b"")
    file.with_name("vault.old").unlink()
    with pytest.raises(VaultUnavailableError) as raised:
        sealed(file.parent, kernel).names()
    assert "copy of your own" in raised.value.hint


def test_a_vault_of_a_later_version_asks_for_an_upgrade(file: Path, kernel: KernelKeyring) -> None:
    """It is not called damaged, and not touched."""
    newer = file.read_bytes().replace(b"vault 1\n", b"vault 12\n", 1)
    file.write_bytes(newer)
    for use in (sealed(file.parent, kernel).names, lambda: sealed(file.parent, kernel).set("b", "y")):
        with pytest.raises(VaultUnavailableError, match="newer shellvault") as raised:
            use()
        assert raised.value.hint.startswith("upgrade")
    assert file.read_bytes() == newer


@pytest.mark.parametrize("costs", [(31, 8, 1), (63, 8, 1), (255, 255, 255), (20, 16, 1), (17, 8, 255), (17, 0, 1)])
def test_a_hostile_header_cannot_make_us_spend_memory_or_hours(
    file: Path, kernel: KernelKeyring, costs: tuple[int, int, int]
) -> None:
    """Costs beyond 1 GiB, or many lanes, or nonsense, are refused before anything is computed."""
    UnlockedKeyCache(kernel).forget()
    raw = file.read_bytes()
    file.write_bytes(resigned(raw[:42] + bytes(costs) + raw[45:]))
    with pytest.raises(VaultUnavailableError, match="damaged"):
        sealed(file.parent, kernel).names()


def test_a_huge_file_is_not_read(file: Path, kernel: KernelKeyring) -> None:
    """A file that cannot be ours is refused by its size."""
    os.truncate(file, 1 << 40)
    with pytest.raises(VaultUnavailableError, match="not a sealed vault"):
        sealed(file.parent, kernel).names()
