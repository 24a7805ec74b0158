"""Values that have broken the quoting of some shell: pieces, and a strategy that combines them."""

from __future__ import annotations

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

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


def _join_pieces(drawn: bytes) -> bytes:
    """Replace each byte that is an index of PIECES by that piece; index 0 is one, so no NUL remains."""
    return b"".join(PIECES[byte] if byte < len(PIECES) else bytes([byte]) for byte in drawn)


HOSTILE = st.binary(max_size=40).map(_join_pieces)


def hostile_values(count: int) -> list[bytes]:
    """Return almost `count` distinct values, the same in every run, plus each piece alone and repeated to 8 KB."""
    found: list[bytes] = []

    @settings(
        max_examples=count,
        derandomize=True,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(HOSTILE)
    def collect(value: bytes) -> None:
        found.append(value)

    collect()
    return [*dict.fromkeys(found), *PIECES, *(piece * (LONG // len(piece)) for piece in PIECES)]
