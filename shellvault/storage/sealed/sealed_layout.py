r"""The layout of the sealed file, and its parts that can be read without the passphrase; loads no cryptography.

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
form NFC and encoded in UTF-8. The digest protects nothing: it tells damage from a wrong passphrase before the user
is asked for one.
"""

from __future__ import annotations

from shellvault.core.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from hashlib import sha256
else:
    try:  # the module behind hashlib.sha256, without the 6 ms that hashlib spends on loading OpenSSL
        from _sha256 import sha256
    except ImportError:  # its name since Python 3.12
        from _sha2 import sha256

NAME = b"shellvault sealed vault "
MAGIC = NAME + b"1\n"
VAULT_ID = 16  # bytes, as all sizes here
LOCK_END = len(MAGIC) + VAULT_ID + 3 + 32
NONCE, TAG, DIGEST, KEY = 12, 16, 32, 32
HEADER_END = LOCK_END + NONCE + KEY + TAG
_SHORTEST = HEADER_END + NONCE + TAG + DIGEST


class DamagedError(Exception):
    """The bytes are not what was written."""


class NewerFormatError(Exception):
    """The bytes are in a later version of the format."""


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
    if len(raw) < _SHORTEST or find_digest(raw[:-DIGEST]) != raw[-DIGEST:]:
        raise DamagedError
    return SealedVault(raw[:HEADER_END], raw[len(MAGIC) :][:VAULT_ID].hex(), raw[HEADER_END:-DIGEST])


def find_digest(raw: bytes) -> bytes:
    """Return the digest that the file ends with."""
    return sha256(raw).digest()


def _check_version(raw: bytes) -> None:
    if raw.startswith(MAGIC):
        return
    version = raw.removeprefix(NAME)[:8].partition(b"\n")[0]
    if raw.startswith(NAME) and version.isdigit() and int(version) > 1:
        raise NewerFormatError
    raise DamagedError
