r"""The bytes of the sealed file, and the cryptography that writes and opens them; no files, no questions.

    offset  bytes  what
    0       26     "shellvault sealed vault 1\n": the 1 is the format's version
    26      16     vault id, random: names the data key, and changes with it
    42      1      scrypt: log2 of N
    43      1      scrypt: r
    44      1      scrypt: p
    45      32     scrypt: salt, random
    77      12     nonce of the next field, random
    89      48     data key, AES-256-GCM under scrypt(passphrase); associated data: bytes 0 to 77
    137     12     nonce of the next field, random for every write
    149     16 up  entries, AES-256-GCM under the data key; associated data: bytes 0 to 137
    end-32  32     SHA-256 of all before it

The entries are one JSON object of names and secrets, so names are sealed too. The passphrase is normalized to Unicode
form NFC and encoded in UTF-8. The digest protects nothing: it tells damage from a wrong passphrase before anybody is
asked for one.
"""

from __future__ import annotations

import json
import os
import struct
import unicodedata

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256, Hash
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from shellvault.core.record import Record, Secret

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

COST = 17
"""log2 of scrypt's N for new passphrases: about half a second and 128 MiB."""

_NAME = b"shellvault sealed vault "
_MAGIC = _NAME + b"1\n"
_LOCK = struct.Struct("!16sBBB32s")
_WRAP = struct.Struct("!12s48s")
_NONCE, _TAG, _DIGEST, _KEY = 12, 16, 32, 32
_LOCK_END = len(_MAGIC) + _LOCK.size
_HEADER_END = _LOCK_END + _WRAP.size
_SHORTEST = _HEADER_END + _NONCE + _TAG + _DIGEST
_BLOCK, _LANES = 8, 1
_MOST_MEMORY = 1 << 30  # bytes; a hostile file must not cost us more, or minutes
_MOST_LANES = 4


class DamagedError(Exception):
    """The bytes are not what was written."""


class NewerFormatError(Exception):
    """The bytes are in a later version of the format."""


class WrongPassphraseError(Exception):
    """The passphrase does not open the vault."""


class SealedVault(Record):
    """The parts of a sealed file; all of them may be shown."""

    header: bytes
    vault_id: str
    body: bytes


def parse(raw: bytes) -> SealedVault:
    """Return the parts of a sealed file.

    Raises:
        DamagedError: something is missing or changed.
        NewerFormatError: a later version wrote it.
    """
    _check_version(raw)
    if len(raw) < _SHORTEST or _digest(raw[:-_DIGEST]) != raw[-_DIGEST:]:
        raise DamagedError
    return SealedVault(raw[:_HEADER_END], raw[len(_MAGIC) :][:16].hex(), raw[_HEADER_END:-_DIGEST])


def header(vault_id: str, key: bytes, passphrase: str, cost: int) -> bytes:
    """Return the header of a vault with this data key, wrapped under a passphrase."""
    salt, nonce = os.urandom(32), os.urandom(_NONCE)
    lock = _MAGIC + _LOCK.pack(bytes.fromhex(vault_id), cost, _BLOCK, _LANES, salt)
    return lock + _WRAP.pack(nonce, AESGCM(_stretch(passphrase, lock)).encrypt(nonce, key, lock))


def unwrap(vault: SealedVault, passphrase: str) -> bytes:
    """Return the data key."""
    lock, wrap = vault.header[:_LOCK_END], vault.header[_LOCK_END:]
    nonce, wrapped = _WRAP.unpack(wrap)
    try:
        return AESGCM(_stretch(passphrase, lock)).decrypt(nonce, wrapped, lock)
    except InvalidTag:
        raise WrongPassphraseError from None


def seal(header: bytes, key: bytes, entries: Mapping[str, Secret]) -> bytes:
    """Return the bytes of a sealed file."""
    nonce = os.urandom(_NONCE)
    text = json.dumps(dict(entries), separators=(",", ":")).encode("ascii")
    raw = header + nonce + AESGCM(key).encrypt(nonce, text, header)
    return raw + _digest(raw)


def unseal(vault: SealedVault, key: bytes) -> dict[str, Secret]:
    """Return the entries."""
    nonce, sealed = vault.body[:_NONCE], vault.body[_NONCE:]
    try:
        text = AESGCM(key).decrypt(nonce, sealed, vault.header)
    except InvalidTag:
        raise DamagedError from None
    return {name: Secret(secret) for name, secret in json.loads(text).items()}


def new_key() -> tuple[str, bytes]:
    """Return a new vault id and data key."""
    return os.urandom(16).hex(), os.urandom(_KEY)


def _check_version(raw: bytes) -> None:
    if raw.startswith(_MAGIC):
        return
    version = raw.removeprefix(_NAME)[:8].partition(b"\n")[0]
    if raw.startswith(_NAME) and version.isdigit() and int(version) > 1:
        raise NewerFormatError
    raise DamagedError


def _stretch(passphrase: str, lock: bytes) -> bytes:
    _vault_id, cost, block, lanes, salt = _LOCK.unpack(lock[len(_MAGIC) :])
    if not (0 < lanes <= _MOST_LANES and block and cost and 128 * block << cost <= _MOST_MEMORY):
        raise DamagedError
    text = unicodedata.normalize("NFC", passphrase).encode("utf-8", "surrogateescape")
    return Scrypt(salt=salt, length=_KEY, n=1 << cost, r=block, p=lanes).derive(text)


def _digest(raw: bytes) -> bytes:
    digest = Hash(SHA256())
    digest.update(raw)
    return digest.finalize()
