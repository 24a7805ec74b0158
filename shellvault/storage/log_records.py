"""Reads the log; `session_log` writes it."""

from __future__ import annotations

import json
import os
import stat
from contextlib import suppress

from shellvault.core.record import Record
from shellvault.storage.session_log import FIELDS, OLD, find_path
from shellvault.system.file_lock import PRIVATE_FILE
from shellvault.system.paths import READING_OWN, read_open

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

_START = '{"time":'
_LARGEST = 16 << 20  # bytes that are read of a file, from its end; shellvault begins another one long before that
_FOR_OTHERS = 0o077


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
    """Return the lines at the end of a file, which is made private if it is not: it may be a copy."""
    try:
        file = os.open(path, READING_OWN)
    except FileNotFoundError:
        return []
    try:
        found = os.fstat(file)
        if stat.S_ISREG(found.st_mode):
            os.lseek(file, max(0, found.st_size - _LARGEST), os.SEEK_SET)
            if found.st_mode & _FOR_OTHERS and hasattr(os, "fchmod"):
                with suppress(OSError):
                    os.fchmod(file, PRIVATE_FILE)
        return read_open(file, path, 2 * _LARGEST).decode("utf-8", "replace").split("\n")
    finally:
        os.close(file)


def _parse(line: str) -> list[LogRecord]:
    try:
        found = json.loads(line)
        texts = {name: str(found[name] or "") for name in FIELDS}
        return [LogRecord(**texts, pid=int(found["pid"]))]
    except (ValueError, KeyError, TypeError, OverflowError, RecursionError):
        return []
