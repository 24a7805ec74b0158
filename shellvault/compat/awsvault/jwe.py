"""Decrypts JSON Web Encryption under a passphrase: RFC 7516 in its compact form, RFC 7518 section 4.8.

Only the algorithms of aws-vault's files: PBES2-HS256+A128KW for the key, A256GCM for the content.
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

_KEY_ALGORITHM, _CONTENT_ALGORITHM = "PBES2-HS256+A128KW", "A256GCM"
_WRAPPING_KEY = 16  # bytes
_CONTENT_KEY = 32
_NONCE, _TAG = 12, 16
_MOST_ROUNDS = 10_000_000  # a crafted file must not keep the command busy for minutes


class JweFormatError(Exception):
    """The text is not such an encryption."""


class JwePassphraseError(Exception):
    """The passphrase is wrong, or the text was changed."""


def decrypt(token: str, passphrase: str) -> bytes:
    """Return the plaintext.

    Raises:
        JweFormatError: the token is not such an encryption.
        JwePassphraseError: the passphrase is wrong, or the token was changed.
    """
    protected, *parts = token.strip().split(".")
    header = _parse_header(protected)
    encrypted_key, nonce, content, tag = _decode_parts(parts)
    try:
        key = aes_key_unwrap(_derive_key(header, passphrase), encrypted_key)
        return _decrypt_content(key, nonce, content + tag, protected)
    except (InvalidUnwrap, InvalidTag):
        raise JwePassphraseError from None


def _decrypt_content(key: bytes, nonce: bytes, content: bytes, protected: str) -> bytes:
    if len(key) != _CONTENT_KEY:
        raise JweFormatError
    return AESGCM(key).decrypt(nonce, content, protected.encode("ascii"))


def _parse_header(protected: str) -> dict[str, Any]:
    try:
        header: dict[str, Any] = json.loads(_decode(protected))
        is_known = (header["alg"], header["enc"]) == (_KEY_ALGORITHM, _CONTENT_ALGORITHM) and not {
            "zip",
            "crit",
        } & header.keys()
        is_plausible = type(header["p2c"]) is int and 0 < header["p2c"] <= _MOST_ROUNDS and bool(_decode(header["p2s"]))
    except (ValueError, TypeError, KeyError, AttributeError):
        raise JweFormatError from None
    if not is_known or not is_plausible:
        raise JweFormatError
    return header


def _decode_parts(parts: list[str]) -> tuple[bytes, bytes, bytes, bytes]:
    try:
        encrypted_key, nonce, content, tag = (_decode(part) for part in parts)
    except ValueError:  # too few, too many, or not base64
        raise JweFormatError from None
    if (len(nonce), len(tag)) != (_NONCE, _TAG):
        raise JweFormatError
    return encrypted_key, nonce, content, tag


def _derive_key(header: dict[str, Any], passphrase: str) -> bytes:
    salt = header["alg"].encode() + b"\0" + _decode(header["p2s"])  # RFC 7518, 4.8.1.1
    derivation = PBKDF2HMAC(algorithm=SHA256(), length=_WRAPPING_KEY, salt=salt, iterations=header["p2c"])
    return derivation.derive(passphrase.encode("utf-8", "surrogateescape"))


def _decode(text: str) -> bytes:
    return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
