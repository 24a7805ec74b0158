"""Sections of a config file that a command wrote: tells whether anybody changed one, and takes them out of the text."""

from __future__ import annotations

import hashlib
import json
from collections import Counter

from shellvault.awsconfig.document import name_profile
from shellvault.awsconfig.line_kinds import COMMENT, CONTINUATION, HEADER, SETTING, parse_lines, split_lines
from shellvault.awsconfig.reader import Config, split_setting
from shellvault.core.errors import UsageError
from shellvault.core.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Sequence


class Section(Record):
    """A profile's lines, from its header to its last setting: the numbers of the first one and of the one after.

    `fingerprint` is a digest of the settings in any order and of the comments between them. White space, and comments
    above or below, do not count.
    """

    start: int
    end: int
    fingerprint: str


def find_sections(text: str) -> dict[str, Section]:
    """Return the sections of all profiles, by name, apart from those with several headers."""
    lines = split_lines(text)
    headers = _list_headers(lines)
    times = Counter(name for _number, name in headers)
    ends = [*(number for number, _name in headers[1:]), len(lines)]
    return {
        name: _measure(lines[start:end], start)
        for (start, name), end in zip(headers, ends, strict=True)
        if name and times[name] == 1
    }


def remove_sections(text: str, sections: Collection[Section], file: str = "the config file") -> tuple[str, list[int]]:
    """Return the text without these sections, and the numbers of the lines that were left out.

    With each goes one blank line: the one above, which separated it, or at the top of the file the one below.

    Raises:
        UsageError: the text is broken, or what is left would be read differently than before.
    """
    lines = split_lines(text)
    gone = {number for section in sections for number in _list_lines(section, lines)}
    after = "".join(line for number, line in enumerate(lines) if number not in gone)
    if not _is_read_as(after, _read_without({name for at, name in _list_headers(lines) if at in gone}, text, file)):
        raise UsageError(f"the profiles could not be removed safely from {file}", "remove them by hand")
    return after, sorted(gone)


def _measure(lines: Sequence[str], start: int) -> Section:
    """Return a section, given its header's line and those below it, of which the first has this number."""
    settings: list[list[str]] = []
    comments: list[str] = []
    last, between = 0, [lines[0].rpartition("]")[2].strip()]  # botocore ignores what follows a header
    for number, (kind, content) in enumerate(parse_lines(lines)):
        if kind == COMMENT:
            between.append(content)
            continue
        comments, between, last = [*comments, *filter(None, between)], [], number
        if kind == CONTINUATION:
            settings[-1].append(content)
        elif kind == SETTING:
            settings.append([*split_setting(content)])
    return Section(start, start + last + 1, _digest([sorted(settings), comments]))


def _digest(shape: list[object]) -> str:
    return hashlib.sha256(json.dumps(shape).encode()).hexdigest()


def _list_lines(section: Section, lines: Sequence[str]) -> list[int]:
    own = [*range(section.start, section.end)]
    if section.start:
        return [section.start - 1, *own] if not lines[section.start - 1].strip() else own
    return [*own, section.end] if section.end < len(lines) and not lines[section.end].strip() else own


def _list_headers(lines: Sequence[str]) -> list[tuple[int, str]]:
    """Return the number of each header's line, and the profile's name or the empty string."""
    parsed = enumerate(parse_lines(lines))
    return [(number, name_profile(content)) for number, (kind, content) in parsed if kind == HEADER]


def _read_without(names: Collection[str], text: str, file: str) -> list[tuple[str, dict[str, str]]]:
    return [section for section in Config(text, file).raw_sections() if name_profile(section[0]) not in names]


def _is_read_as(text: str, sections: list[tuple[str, dict[str, str]]]) -> bool:
    try:
        return Config(text).raw_sections() == sections
    except UsageError:
        return False
