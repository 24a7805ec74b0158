"""Reads the log; `session_log` writes it."""

from __future__ import annotations

import json

from shellvault.core.record import Record
from shellvault.storage.session_log import FIELDS, OLD, find_path
from shellvault.system.paths import READING_OWN, read_file

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

_START = '{"time":'
_LARGEST = 16 << 20  # bytes of a file; a larger one is not ours


class LogRecord(Record):
    """One event: see `shellvault.storage.session_log`. The time is `2026-01-01T00:00:00Z`; unknown texts are empty."""

    time: str
    event: str
    profile: str
    scope: str
    key_id: str
    account: str
    role: str
    program: str
    folder: str
    pid: int

    def format_json(self) -> str:
        """Return the record as one line of JSON, with null for what is unknown."""
        return json.dumps({name: getattr(self, name) or None for name in self._fields})


def read_log(home: str) -> Iterator[LogRecord]:
    """Yield the records of the log before and of the log, the oldest first.

    Lines that cannot be read are left out: a full disk may have cut one off.

    Raises:
        OSError: a file is there, but cannot be read.
    """
    path = find_path(home)
    for line in _read_lines(path + OLD) + _read_lines(path):
        yield from _parse(line[max(0, line.rfind(_START)) :])


def _read_lines(path: str) -> list[str]:
    try:
        return read_file(path, READING_OWN, _LARGEST).decode("utf-8", "replace").split("\n")
    except FileNotFoundError:
        return []


def _parse(line: str) -> list[LogRecord]:
    try:
        found = json.loads(line)
        texts = {name: str(found[name] or "") for name in FIELDS}
        return [LogRecord(**texts, pid=int(found["pid"]))]
    except (ValueError, KeyError, TypeError):
        return []
