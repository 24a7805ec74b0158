"""Decrypting JWE under a passphrase: the RFC's example, an independent writer, and damaged tokens."""

from __future__ import annotations

import pytest

from shellvault.compat.awsvault.jwe import JweFormatError, JwePassphraseError, decrypt
from tests.compat.seal_jwe import encode, seal, seal_with_keys

CONTENT, PASSPHRASE = b'{"Key": "dev"}', "pass \u00e9 phrase"


def test_the_example_of_rfc_7517_is_decrypted() -> None:
    """Appendix C: its passphrase, salt, count and encrypted key give its content key."""
    key = bytes.fromhex("6f1b1934421d144e5cb038f041d05270a1832437caecb9ac811799c2c330fdb6")
    fields = {"alg": "PBES2-HS256+A128KW", "p2s": "2WCTcJZ1Rvd_CJuJripQ1w", "p2c": 4096, "enc": "A256GCM"}
    token = seal_with_keys(CONTENT, key, b"", fields).split(".")
    token[1] = "TrqXOwuNUfDV9VPTNbyGvEJ9JMjefAVn-TR1uIxR9p6hsRQh9Tk7BA"
    assert decrypt(".".join(token), "Thus from my lips, by yours, my sin is purged.") == CONTENT


@pytest.mark.parametrize("passphrase", [PASSPHRASE, "", "x" * 200])
def test_a_sealed_text_is_decrypted(passphrase: str) -> None:
    """Also with a line end after it."""
    assert decrypt(f"{seal(CONTENT, passphrase)}\n", passphrase) == CONTENT


def test_a_wrong_passphrase_is_its_own_error() -> None:
    """It differs from the error for another kind of file."""
    with pytest.raises(JwePassphraseError):
        decrypt(seal(CONTENT, PASSPHRASE), PASSPHRASE.upper())


@pytest.mark.parametrize("part", range(5))
def test_a_change_in_any_part_is_detected(part: int) -> None:
    """A single letter of the header, key, nonce, content or tag."""
    parts = seal(CONTENT, PASSPHRASE).split(".")
    middle = len(parts[part]) // 2
    letter = "A" if parts[part][middle] != "A" else "B"
    parts[part] = parts[part][:middle] + letter + parts[part][middle + 1 :]
    with pytest.raises((JwePassphraseError, JweFormatError)):
        decrypt(".".join(parts), PASSPHRASE)


@pytest.mark.parametrize(
    "changes",
    [
        {"alg": "dir"}, {"alg": "none"}, {"enc": "A128GCM"}, {"zip": "DEF"}, {"crit": []}, {"p2c": 0}, {"p2c": -1},
        {"p2c": 10**12}, {"p2c": "8192"}, {"p2c": True}, {"p2s": ""}, {"p2s": 5}, {"p2s": "?"},
    ],
)  # fmt: skip
def test_other_algorithms_and_parameters_are_refused(changes: dict[str, object]) -> None:
    """Before a key is derived."""
    with pytest.raises(JweFormatError):
        decrypt(seal(CONTENT, PASSPHRASE, **changes), PASSPHRASE)


@pytest.mark.parametrize(
    "token", ["", ".", "....", "a.b.c.d.e", "{}", encode(b"[]") + "....", encode(b"\xff") + "....", "\u00e9...."]
)
def test_other_texts_are_refused(token: str) -> None:
    """A folder may contain any file."""
    with pytest.raises(JweFormatError):
        decrypt(token, PASSPHRASE)
