"""Classifies the lines of an AWS file for code that edits it or reports a line; `reader` reads whole files."""

from __future__ import annotations

from io import StringIO

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

COMMENT, HEADER, SETTING, CONTINUATION = "comment", "header", "setting", "continuation"
_NO_SETTING = 1 << 30  # the indentation above a section's first setting: no line is indented deeper


def split_lines(text: str) -> list[str]:
    """Return the lines with their line ends; `str.splitlines` also splits at characters that end no line here."""
    return list(StringIO(text, newline=""))


def parse_lines(lines: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Yield each line's kind and text, in a file or in the body of one section.

    A blank line counts as a comment. A header's text is what is between its brackets. A continuation is indented
    deeper than the setting above it. Anything else is a setting; `split_setting` takes it apart.
    """
    level = _NO_SETTING
    for line in lines:
        text = line.strip()
        indent = len(line) - len(line.lstrip())
        if not text or text[0] in "#;":
            yield COMMENT, text
        elif indent > level:
            yield CONTINUATION, text
        elif text[0] == "[" and (end := text.rfind("]")) > 1:
            level = _NO_SETTING
            yield HEADER, text[1:end]
        else:
            level = indent
            yield SETTING, text
