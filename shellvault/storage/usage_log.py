"""Files that remember what was done on a terminal, and when. Whatever cannot be written or read is ignored.

`used` is for the picker's order: a use of a profile is one line, `TIME NAME`, with the time in epoch seconds. The time
of `reminded` is that of the last look for old key pairs.
"""

from __future__ import annotations

import os
import time

from shellvault.system.paths import READING_OWN

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

LARGEST = 64 << 10
"""Bytes; of a larger file, the older half is dropped when it is next read."""

_APPENDING = os.O_WRONLY | os.O_APPEND | os.O_CREAT | READING_OWN
_LONGEST_TIME = 11  # digits
_LOOKED = "reminded"
_DAY = 24 * 60 * 60


def record_use(home: str, names: Iterable[str]) -> None:
    """Append a use of each name, with one write."""
    now = int(time.time())
    lines = "".join([f"{now} {name}\n" for name in names if "\n" not in name])
    try:
        file = os.open(os.path.join(home, "used"), _APPENDING, 0o600)
        try:
            os.write(file, lines.encode("utf-8", "surrogateescape"))
        finally:
            os.close(file)
    except OSError:
        return


def is_look_due(home: str) -> bool:
    """Return whether the last look for old key pairs was more than a day ago; this is on the way of every command."""
    try:
        return abs(time.time() - os.lstat(os.path.join(home, _LOOKED)).st_mtime) > _DAY
    except OSError:
        return True


def record_look(home: str) -> bool:
    """Remember that this is the moment of a look; False: that is impossible, so it would happen again and again."""
    try:
        file = os.open(os.path.join(home, _LOOKED), os.O_WRONLY | os.O_CREAT | READING_OWN, 0o600)
        try:
            os.write(file, b"\n")
        finally:
            os.close(file)
    except OSError:
        return False
    return True


def read_uses(home: str) -> list[tuple[int, str]]:
    """Return the uses, the oldest first: time and name; shorten a file that has become too large."""
    path = os.path.join(home, "used")
    try:
        content, size = _read_end(path)
    except OSError:
        return []
    if size > LARGEST:
        content = content[content.find(b"\n", LARGEST // 2) + 1 :]
        _replace(path, content)
    return [use for line in content.decode("utf-8", "surrogateescape").split("\n") for use in _parse(line)]


def _read_end(path: str) -> tuple[bytes, int]:
    """Return the last bytes of the file, and its size; a pipe or a device has none."""
    file = os.open(path, READING_OWN)
    try:
        size = os.fstat(file).st_size
        os.lseek(file, max(0, size - LARGEST), os.SEEK_SET)
        return os.read(file, LARGEST) if size else b"", size
    finally:
        os.close(file)


def _parse(line: str) -> list[tuple[int, str]]:
    used_at, _, name = line.partition(" ")
    is_time = used_at.isascii() and used_at.isdigit() and len(used_at) <= _LONGEST_TIME
    return [(int(used_at), name)] if is_time and name else []


def _replace(path: str, content: bytes) -> None:
    from shellvault.system.atomic_file import AtomicFile

    try:
        AtomicFile(path, lasting=False).replace(content)
    except OSError:
        return
