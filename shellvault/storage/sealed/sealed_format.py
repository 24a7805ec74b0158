"""The cryptography of the sealed file, whose bytes `sealed_layout` describes; no files, no questions."""

from __future__ import annotations

import json
import os
import struct
import unicodedata

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from shellvault.core.record import Secret
from shellvault.storage.sealed.sealed_layout import (
    KEY,
    LOCK_END,
    MAGIC,
    NONCE,
    TAG,
    VAULT_ID,
    DamagedError,
    find_digest,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from shellvault.storage.sealed.sealed_layout import SealedVault

COST = 17
"""log2 of scrypt's N for new passphrases: about half a second and 128 MiB."""

_LOCK = struct.Struct(f"!{VAULT_ID}sBBB32s")
_WRAP = struct.Struct(f"!{NONCE}s{KEY + TAG}s")
_BLOCK, _LANES = 8, 1
_MOST_MEMORY = 1 << 30  # bytes; a hostile file must not cost us more, or minutes
_MOST_LANES = 4


class WrongPassphraseError(Exception):
    """The passphrase does not open the vault."""


def header(vault_id: str, key: bytes, passphrase: str, cost: int) -> bytes:
    """Return the header of a vault with this data key, wrapped under a passphrase."""
    salt, nonce = os.urandom(32), os.urandom(NONCE)
    lock = MAGIC + _LOCK.pack(bytes.fromhex(vault_id), cost, _BLOCK, _LANES, salt)
    return lock + _WRAP.pack(nonce, AESGCM(_stretch(passphrase, lock)).encrypt(nonce, key, lock))


def unwrap(vault: SealedVault, passphrase: str) -> bytes:
    """Return the data key."""
    lock, wrap = vault.header[:LOCK_END], vault.header[LOCK_END:]
    nonce, wrapped = _WRAP.unpack(wrap)
    try:
        return AESGCM(_stretch(passphrase, lock)).decrypt(nonce, wrapped, lock)
    except InvalidTag:
        raise WrongPassphraseError from None


def seal(header: bytes, key: bytes, entries: Mapping[str, Secret]) -> bytes:
    """Return the bytes of a sealed file."""
    nonce = os.urandom(NONCE)
    text = json.dumps(dict(entries), separators=(",", ":")).encode("ascii")
    raw = header + nonce + AESGCM(key).encrypt(nonce, text, header)
    return raw + find_digest(raw)


def unseal(vault: SealedVault, key: bytes) -> dict[str, Secret]:
    """Return the entries."""
    nonce, sealed = vault.body[:NONCE], vault.body[NONCE:]
    try:
        text = AESGCM(key).decrypt(nonce, sealed, vault.header)
    except InvalidTag:
        raise DamagedError from None
    return {name: Secret(secret) for name, secret in json.loads(text).items()}


def new_key() -> tuple[str, bytes]:
    """Return a new vault id and data key."""
    return os.urandom(16).hex(), os.urandom(KEY)


def _stretch(passphrase: str, lock: bytes) -> bytes:
    _vault_id, cost, block, lanes, salt = _LOCK.unpack(lock[len(MAGIC) :])
    if not (0 < lanes <= _MOST_LANES and block and cost and 128 * block << cost <= _MOST_MEMORY):
        raise DamagedError
    text = unicodedata.normalize("NFC", passphrase).encode("utf-8", "surrogateescape")
    return Scrypt(salt=salt, length=KEY, n=1 << cost, r=block, p=lanes).derive(text)
