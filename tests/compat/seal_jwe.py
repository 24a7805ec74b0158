"""Encrypts as aws-vault does, written from the RFCs and with other primitives than the code under test."""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
from typing import TYPE_CHECKING

from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import ECB, GCM

if TYPE_CHECKING:
    from typing import Any

ROUNDS = 8192
_START = bytes.fromhex("a6" * 8)


def seal(content: bytes, passphrase: str, **header: Any) -> str:
    """Return a compact JWE; `header` replaces fields of its header."""
    key = secrets.token_bytes(32)
    salt = secrets.token_bytes(12)
    fields = {
        "alg": "PBES2-HS256+A128KW",
        "enc": "A256GCM",
        "created": "2024-01-01 10:00:00.5 +0100 CET m=+0.1",
        "p2c": ROUNDS,
        "p2s": encode(salt),
        **header,
    }
    return seal_with_keys(content, key, wrap(key, derive_key(passphrase, salt)), fields)


def seal_with_keys(content: bytes, key: bytes, encrypted_key: bytes, fields: dict[str, Any]) -> str:
    """Return a compact JWE of content under a key that is already encrypted."""
    nonce = secrets.token_bytes(12)
    protected = encode(json.dumps(fields).encode())
    encryptor = Cipher(AES(key), GCM(nonce)).encryptor()
    encryptor.authenticate_additional_data(protected.encode())
    body = encryptor.update(content) + encryptor.finalize()
    return ".".join((protected, *map(encode, (encrypted_key, nonce, body, encryptor.tag))))


def derive_key(passphrase: str, salt: bytes, rounds: int = ROUNDS) -> bytes:
    """Return the wrapping key: RFC 7518, section 4.8.1.1."""
    return hashlib.pbkdf2_hmac("sha256", passphrase.encode(), b"PBES2-HS256+A128KW\0" + salt, rounds, 16)


def wrap(key: bytes, by: bytes) -> bytes:
    """Encrypt a key: RFC 3394, section 2.2.1."""
    first, blocks = _START, [key[at : at + 8] for at in range(0, len(key), 8)]
    block = Cipher(AES(by), ECB()).encryptor()  # noqa: S305 - what the RFC is made of
    for turn in range(6):
        for place in range(len(blocks)):
            mixed = block.update(first + blocks[place])
            count = turn * len(blocks) + place + 1
            first = (int.from_bytes(mixed[:8]) ^ count).to_bytes(8)
            blocks[place] = mixed[8:]
    return first + b"".join(blocks)


def encode(raw: bytes) -> str:
    """Return base64url without padding."""
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
