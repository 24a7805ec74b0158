"""Opens a JSON Web Encryption that was sealed with a passphrase: RFC 7516 in its compact form, RFC 7518 section 4.8.

Only what aws-vault's files are made with: PBES2-HS256+A128KW for the key, A256GCM for the content.
"""

from __future__ import annotations

import base64
import json

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.pbkdf2 import PBKDF2HMAC
from cryptography.hazmat.primitives.keywrap import InvalidUnwrap, aes_key_unwrap

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_WRAPPING, _SEALING = "PBES2-HS256+A128KW", "A256GCM"
_KEY = 16  # bytes of the key that wraps
_CONTENT_KEY = 32
_NONCE, _TAG = 12, 16
_MOST_ROUNDS = 10_000_000  # a file from elsewhere must not keep us busy for minutes


class JweFormatError(Exception):
    """The text is no encryption of this kind."""


class JwePassphraseError(Exception):
    """The passphrase does not open it, or it was changed."""


def decrypt(token: str, passphrase: str) -> bytes:
    """Return what was sealed."""
    protected, *parts = token.strip().split(".")
    header = _header(protected)
    wrapped, nonce, sealed, tag = _parts(parts)
    try:
        key = aes_key_unwrap(_stretched(header, passphrase), wrapped)
        return _content(key, nonce, sealed + tag, protected)
    except (InvalidUnwrap, InvalidTag):
        raise JwePassphraseError from None


def _content(key: bytes, nonce: bytes, sealed: bytes, protected: str) -> bytes:
    if len(key) != _CONTENT_KEY:
        raise JweFormatError
    return AESGCM(key).decrypt(nonce, sealed, protected.encode("ascii"))


def _header(protected: str) -> dict[str, Any]:
    try:
        header: dict[str, Any] = json.loads(_bytes(protected))
        is_known = (header["alg"], header["enc"]) == (_WRAPPING, _SEALING) and not {"zip", "crit"} & header.keys()
        is_sane = type(header["p2c"]) is int and 0 < header["p2c"] <= _MOST_ROUNDS and bool(_bytes(header["p2s"]))
    except (ValueError, TypeError, KeyError, AttributeError):
        raise JweFormatError from None
    if not is_known or not is_sane:
        raise JweFormatError
    return header


def _parts(parts: list[str]) -> tuple[bytes, bytes, bytes, bytes]:
    try:
        wrapped, nonce, sealed, tag = (_bytes(part) for part in parts)
    except ValueError:  # too few, too many, or not base64
        raise JweFormatError from None
    if (len(nonce), len(tag)) != (_NONCE, _TAG):
        raise JweFormatError
    return wrapped, nonce, sealed, tag


def _stretched(header: dict[str, Any], passphrase: str) -> bytes:
    salt = header["alg"].encode() + b"\0" + _bytes(header["p2s"])  # RFC 7518, 4.8.1.1
    stretch = PBKDF2HMAC(algorithm=SHA256(), length=_KEY, salt=salt, iterations=header["p2c"])
    return stretch.derive(passphrase.encode("utf-8", "surrogateescape"))


def _bytes(text: str) -> bytes:
    return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
