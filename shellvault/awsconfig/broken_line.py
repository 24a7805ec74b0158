"""Explains what is wrong with a line that botocore refuses and how to fix it; never quotes a possible secret."""

from __future__ import annotations

from shellvault.awsconfig.line_kinds import CONTINUATION, HEADER, SETTING, parse_lines
from shellvault.core.errors import UsageError

_BYTE_ORDER_MARK = "\ufeff"


def explain_line(lines: list[str], number: int, key: str, file: str) -> UsageError:
    """Return the error for the first line that botocore refuses, `lines[number]`; `key` is the last setting's."""
    what, mending = _explain(lines, number, key)
    return UsageError(f"{file}:{number + 1}: {what}", f"edit line {number + 1}: {mending}")


def _explain(lines: list[str], number: int, key: str) -> tuple[str, str]:
    kinds = list(parse_lines(lines[: number + 1]))
    kind, text = kinds[-1]
    if not _is_utf8(lines[number]):
        return "this line is not in UTF-8", "save the file in UTF-8"
    if kind == CONTINUATION:
        return (
            f"the line is part of '{key} =' above, and has no '='",
            "write it as name = value, or join it to the line above",
        )
    if kind == HEADER:
        first = kinds.index(kinds[-1]) + 1
        return f"the section [{text}] is written twice, first in line {first}", "put both under one header"
    if not key or not any(kind == HEADER for kind, _text in kinds):
        return _explain_stray(text, key)
    return _explain_twice(kinds, key)


def _explain_stray(start: str, key: str) -> tuple[str, str]:
    """Explain a line that is not a setting in a section."""
    if start.startswith(_BYTE_ORDER_MARK):
        return "the file begins with a byte order mark, which the AWS CLI cannot read", "save as UTF-8 without a mark"
    if start.startswith("["):
        return _explain_header(start)
    if key:
        return "a setting stands above the first section", "put a header such as [default] above it"
    return "this is no section, no setting and no comment", "write key = value, or put # before it"


def _explain_twice(kinds: list[tuple[str, str]], key: str) -> tuple[str, str]:
    section = [text for kind, text in kinds if kind == HEADER][-1]
    start = kinds.index((HEADER, section))  # [DEFAULT] may occur twice
    settings = [number for number, (kind, _text) in enumerate(kinds) if kind == SETTING and number > start]
    first = next(number for number in settings if _is_of(kinds[number][1], key))
    return f"'{key}' is written twice in [{section}], first in line {first + 1}", "keep one of the two lines"


def _is_of(setting: str, key: str) -> bool:
    lower = setting.lower()
    return lower.startswith(key) and lower[len(key) :].lstrip()[:1] in ("=", ":")


def _explain_header(start: str) -> tuple[str, str]:
    name = start.strip("[] \t").partition("#")[0].strip()
    if not name:
        return "this header has no name", "write a header such as [profile dev]"
    if "]" not in start:
        return f"the header [{name} has no closing bracket", f"write [{name}]"
    return "this is no header", f"write [{name}]"


def _is_utf8(line: str) -> bool:
    try:
        line.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True
