"""Says what is wrong with a line that botocore refuses, and how to mend it; never quotes what may be a secret."""

from __future__ import annotations

from shellvault.awsconfig.line_kinds import CONTINUATION, HEADER, SETTING, parse_lines
from shellvault.core.errors import UsageError

_BYTE_ORDER_MARK = "\ufeff"


def explain_line(lines: list[str], number: int, file: str) -> UsageError:
    """Return the error for the first line that botocore refuses, which is `lines[number]`."""
    what, mending = _explain(lines, number)
    return UsageError(f"{file}:{number + 1}: {what}", f"edit line {number + 1}: {mending}")


def _explain(lines: list[str], number: int) -> tuple[str, str]:
    kinds = list(parse_lines(lines[: number + 1]))
    kind, key, text = kinds[-1]
    start = lines[number].strip()
    if not _is_utf8(lines[number]):
        return "this line is not in UTF-8", "save the file in UTF-8"
    if kind == CONTINUATION:
        return f"the line is part of '{key} =' above, and has no '='", "write it as name = value, or do not indent it"
    if kind == HEADER:
        first = kinds.index(kinds[-1]) + 1
        return f"the section [{text}] is written twice, first in line {first}", "put both under one header"
    if not key or not any(kind == HEADER for kind, _key, _text in kinds):
        return _explain_stray(start, key)
    return _explain_twice(kinds)


def _explain_stray(start: str, key: str) -> tuple[str, str]:
    """Explain a line that is no setting of a section."""
    if start.startswith(_BYTE_ORDER_MARK):
        return "the file begins with a byte order mark, which the AWS CLI cannot read", "save as UTF-8 without a mark"
    if start.startswith("["):
        return _explain_header(start)
    if key:
        return "a setting stands above the first section", "put a header such as [default] above it"
    return "this is no section, no setting and no comment", "write key = value, or put # before it"


def _explain_twice(kinds: list[tuple[str, str, str]]) -> tuple[str, str]:
    _kind, key, _value = kinds[-1]
    section = [text for kind, _key, text in kinds if kind == HEADER][-1]
    at = kinds.index((HEADER, "", section))  # [DEFAULT] may be there twice
    first = at + 1 + [(kind, key) for kind, key, _text in kinds[at:]].index((SETTING, key))
    return f"'{key}' is written twice in [{section}], first in line {first}", "keep one of the two lines"


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
