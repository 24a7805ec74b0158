"""What each line of an AWS ini file is, by the rules of botocore's parser: the one place that knows these rules."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

COMMENT, HEADER, SETTING, CONTINUATION = "comment", "header", "setting", "continuation"
_NO_SETTING = 1 << 30  # the indentation above a section's first setting: no line is indented deeper


def parse_lines(lines: Iterable[str]) -> Iterator[tuple[str, str, str]]:
    """Yield each line's kind, key and text, in a file or in the body of one section.

    A blank line counts as a comment. The text of a header is what follows its opening bracket, that of a setting its
    value. A continuation, which is indented deeper than the setting above it, has that setting's key.
    """
    key, level = "", _NO_SETTING
    for line in lines:
        text = line.strip()
        indent = len(line) - len(line.lstrip())
        if not text or text[0] in "#;":
            yield COMMENT, "", text
        elif indent > level:
            yield CONTINUATION, key, text
        elif text[0] == "[":
            level = _NO_SETTING
            yield HEADER, "", text[1:]
        else:
            level = indent
            key, equals, value = text.partition("=")  # or at a colon, whichever comes first
            if ":" in key:
                key, _, rest = key.partition(":")
                value = rest + equals + value
            key = key.strip().lower()
            yield SETTING, key, value.strip()


def parse_settings(lines: Iterable[str]) -> dict[str, str]:
    """Return the settings in the body of one section; a nested one is named `outer.inner`, as in `s3.endpoint_url`."""
    settings: dict[str, str] = {}
    for kind, key, text in parse_lines(lines):
        if kind == SETTING:
            settings[key] = text
        elif kind == CONTINUATION and settings[key]:
            settings[key] += f"\n{text}"
        elif kind == CONTINUATION:
            inner, _, value = text.partition("=")
            settings[f"{key}.{inner.strip()}"] = value.strip()
    return settings
