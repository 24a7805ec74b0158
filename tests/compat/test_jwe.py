"""The reader of passphrase-sealed JWE against the RFC's own example, an independent writer, and damage."""

from __future__ import annotations

import pytest

from shellvault.compat.awsvault.jwe import JweFormatError, JwePassphraseError, decrypt
from tests.storage.jwe import sealed, text, with_keys

CONTENT, PASSPHRASE = b'{"Key": "dev"}', "pass \u00e9 phrase"


def test_the_example_of_rfc_7517_is_unwrapped() -> None:
    """Appendix C: its passphrase, salt, count and encrypted key give its content key, which opens what is under it."""
    key = bytes.fromhex("6f1b1934421d144e5cb038f041d05270a1832437caecb9ac811799c2c330fdb6")
    fields = {"alg": "PBES2-HS256+A128KW", "p2s": "2WCTcJZ1Rvd_CJuJripQ1w", "p2c": 4096, "enc": "A256GCM"}
    token = with_keys(CONTENT, key, b"", fields).split(".")
    token[1] = "TrqXOwuNUfDV9VPTNbyGvEJ9JMjefAVn-TR1uIxR9p6hsRQh9Tk7BA"
    assert decrypt(".".join(token), "Thus from my lips, by yours, my sin is purged.") == CONTENT


@pytest.mark.parametrize("passphrase", [PASSPHRASE, "", "x" * 200])
def test_what_was_sealed_is_opened(passphrase: str) -> None:
    """With blanks and newlines around it, too."""
    assert decrypt(f"{sealed(CONTENT, passphrase)}\n", passphrase) == CONTENT


def test_another_passphrase_opens_nothing() -> None:
    """It is told apart from a file of another kind."""
    with pytest.raises(JwePassphraseError):
        decrypt(sealed(CONTENT, PASSPHRASE), PASSPHRASE.upper())


@pytest.mark.parametrize("part", range(5))
def test_every_changed_part_is_refused(part: int) -> None:
    """Header, key, nonce, content and tag: a single letter."""
    parts = sealed(CONTENT, PASSPHRASE).split(".")
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
def test_a_header_that_asks_for_anything_else_is_refused(changes: dict[str, object]) -> None:
    """Before a key is stretched for it."""
    with pytest.raises(JweFormatError):
        decrypt(sealed(CONTENT, PASSPHRASE, **changes), PASSPHRASE)


@pytest.mark.parametrize(
    "token", ["", ".", "....", "a.b.c.d.e", "{}", text(b"[]") + "....", text(b"\xff") + "....", "\u00e9...."]
)
def test_what_is_no_jwe_is_refused(token: str) -> None:
    """Whatever lies in the folder."""
    with pytest.raises(JweFormatError):
        decrypt(token, PASSPHRASE)
