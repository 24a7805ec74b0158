"""Values that have broken the quoting of some shell: pieces, and combinations of them."""

from __future__ import annotations

import os
from random import Random
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

PIECES = (
    *(b"'", b'"', b"\\", b"`", b"$(echo no)", b"${HOME}", b"$HOME", b"!!", b"!", b"%s", b"&", b"|", b"<", b">", b"#"),
    *(b" ", b"\t", b"\n", b"\r", b"\r\n", b"\x1b[2J", b"\x01", b"\x02", b"\x7f", b"\x08"),
    *(b"=x", b"=ls", b"~", b"~root", b"*", b"?", b"[a-z]", b"{a,b}", b"(", b")", b"{", b"}", b"\n}", b";", b"; end;"),
    *(b"-", b"--", b"-n", b"-e", b"''", b"'\\''", b"\\n", b"\\'", b"^", b"false", b"\ndone\n", b"\nEOF\n"),
    *("é".encode(), "日本".encode(), "😀".encode(), "\u2028".encode(), "\u202e".encode(), "\ufeff".encode()),
    *(b"\xff", b"\xc3", b"\x80", b"\x83", b"\x84", b"\x9f", b"\xa2", b"\xed\xa0\x80", b"\xf4\x90\x80\x80"),
    # internal markers of zsh (0x83), bash (1, 0x7f) and fish (U+FDD0, U+F600, U+E000)
    *("\ufdd0\ufdef".encode(), "\uf600\uf6ff".encode(), "\ue000".encode(), b"a", b"0", b"AKIA"),
)
LONG = 8192


def hostile_values(count: int) -> list[bytes]:
    """Return almost `count` distinct values, the same in every run, plus each piece alone and repeated to 8 KB.

    Most are short. Half of what they are made of is pieces, the other half bytes.
    """
    chance = Random(count)  # noqa: S311 - no secret
    made = [b"".join(_pick(chance) for _ in range(1 + int(30 * chance.random() ** 2))) for _ in range(count)]
    return [*dict.fromkeys(made), *PIECES, *(piece * (LONG // len(piece)) for piece in PIECES)]


def _pick(chance: Random) -> bytes:
    return chance.choice(PIECES) if chance.random() < 0.5 else bytes([chance.randrange(1, 256)])


_TO_TEXT = {0xDC00 + byte: byte for byte in range(0x80, 0x100)}  # from what os.fsdecode makes of such a byte
TEXT_ONLY = ("yash", "nu", "powershell")
"""Shells whose strings are text; the dialect refuses other values."""


def adapt_values(shell: str, values: Sequence[bytes]) -> list[str]:
    """Return values as close to these as a shell can have them.

    For some, each byte that is no UTF-8 becomes the character with that number. tcsh gets no line breaks, and nothing
    longer than it reads whole.
    """
    texts = [os.fsdecode(value) for value in values]
    if shell in TEXT_ONLY:
        texts = [text.translate(_TO_TEXT) for text in texts]
    if shell == "tcsh":
        texts = [text.replace("\n", "\v")[:990] for text in texts]  # characters of up to four bytes
    return list(dict.fromkeys(texts))
