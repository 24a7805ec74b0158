"""A command line as bash reads it while it is being typed, and words quoted for it. Expands nothing."""

from __future__ import annotations

from shellvault.core.record import Record
from shellvault.core.text import sanitize

_BLANKS = " \t\n"
_OPERATORS = "<>|&;()"
_PLAIN = frozenset("%+,-./:=@_")  # these need no backslash, besides letters and digits
_ANSI = "$'"
_MARKED = {'"': frozenset('$`"\\'), _ANSI: frozenset("'\\")}
"""Kind of quotes -> the characters that need a backslash between them."""
_CLOSED = {"": ("", ""), "'": ("'", "'"), '"': ('"', '"')}
"""Kind of quotes -> what ends them, and what begins them again."""


class BashWord(Record):
    """A word of a line.

    Attributes:
        text: what it means.
        start: where it begins in the line.
        end: where it ends.
        quote: the quotes that are still open at its end: `'`, `"` or `$'`, or the empty string.
        opened: where the text in these begins.
        is_target: whether it is the file of a redirection.
    """

    text: str
    start: int
    end: int
    quote: str = ""
    opened: int = 0
    is_target: bool = False


def split_line(line: str) -> list[BashWord]:
    """Return the words of a line; the last one, which may be empty, is the one at its end."""
    words: list[BashWord] = []
    at, is_target = 0, False
    while True:
        while line[at : at + 1] and line[at] in _BLANKS + _OPERATORS:
            is_target = line[at] in "<>" or (is_target and line[at] in _BLANKS)
            at += 1
        word = _read_word(line, at).replace(is_target=is_target)
        if word.end == len(line):
            return [*words, word]
        if not (word.text.isdigit() and line[word.end] in "<>"):  # else it is a descriptor
            words.append(word)
        at, is_target = word.end, False


def _read_word(line: str, start: int) -> BashWord:
    """Return the word that begins there."""
    text, quote, opened, at = "", "", 0, start
    while at < len(line) and line[at] not in _BLANKS + _OPERATORS:
        opened = at + (2 if line.startswith(_ANSI, at) else 1)
        part, at, quote = _read_part(line, at)
        text += part
    text = text.encode("utf-8", "surrogateescape").decode("utf-8", "surrogateescape")  # bytes may form characters
    return BashWord(text, start, at, quote, opened if quote else 0)


def _read_part(line: str, at: int) -> tuple[str, int, str]:
    """Return what a character or quoted text means, where it ends, and the quotes that are still open there."""
    if line.startswith(_ANSI, at):
        return _read_quoted(line, at + 2, _ANSI)
    if line[at] in "'\"":
        return _read_quoted(line, at + 1, line[at])
    if line[at] == "\\":
        return line[at + 1 : at + 2], min(at + 2, len(line)), ""
    return line[at], at + 1, ""


def _read_quoted(line: str, at: int, quote: str) -> tuple[str, int, str]:
    text = ""
    while at < len(line):
        if line[at] == quote[-1]:
            return text, at + 1, ""
        part, at = (line[at], at + 1) if line[at] != "\\" or quote == "'" else _read_escape(line, at + 1, quote)
        text += part
    return text, len(line), quote


def _read_escape(line: str, at: int, quote: str) -> tuple[str, int]:
    """Return what a backslash and the text that begins there mean, and where that ends."""
    digits = "".join([one for one in line[at : at + 3] if one in "01234567"])
    if quote == _ANSI and len(digits) == 3:  # noqa: PLR2004 - that is how `quote_part` writes a byte
        return bytes([int(digits, 8) & 0xFF]).decode("ascii", "surrogateescape"), at + 3
    one = line[at : at + 1]
    return (one if quote == _ANSI or one in _MARKED[quote] else f"\\{one}"), at + 1


def quote_part(text: str, quote: str) -> str:
    """Return a text so that it means itself between these quotes, which stay open, or outside of any.

    What people cannot see, or what would move the cursor, is written as numbers; so is `!` in quotes where an old bash
    would replace it by an earlier command. The quoted beginning of a text is the
    beginning of the quoted text, or bash could not complete what several candidates have in common.
    """
    return "".join([_quote_character(one, quote) for one in text])


def quote_end(text: str, quote: str) -> str:
    """Return a text like `quote_part` that bash may close: it does not if the last character looks closed already."""
    quoted = quote_part(text, quote)
    return f"{quoted}{quote[-1]}" if quote and quoted.endswith(quote[-1]) else quoted


def _quote_character(one: str, quote: str) -> str:
    if sanitize(one) != one or (one == "!" and quote in _MARKED):  # a backslash before `!` would stay
        numbers = "".join([f"\\{byte:03o}" for byte in one.encode("utf-8", "surrogateescape")])
        return numbers if quote == _ANSI else f"{_CLOSED[quote][0]}$'{numbers}'{_CLOSED[quote][1]}"
    if quote == "'":
        return "'\\''" if one == "'" else one
    if quote:
        return f"\\{one}" if one in _MARKED[quote] else one
    return one if one.isalnum() or one in _PLAIN or not one.isascii() else f"\\{one}"
