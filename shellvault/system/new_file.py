"""A new file beside the one that it will replace: created under a name of its own, and never left behind for long."""

from __future__ import annotations

import errno
import os
import stat
import sys
import time
from contextlib import suppress

from shellvault.core.errors import VaultUnavailableError
from shellvault.core.text import quote_word
from shellvault.system.file_lock import PRIVATE_FILE, PRIVATE_FOLDER, is_at, try_lock
from shellvault.system.paths import READING_OWN

TYPE_CHECKING = False
if TYPE_CHECKING:
    from io import FileIO
    from os import stat_result
    from typing import Self

HAS_OWNERS = hasattr(os, "geteuid")

_END = ".shellvault-new"
_CREATE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | READING_OWN
_FOR_OTHERS = 0o077
_READING, _PAUSE = 1.0, 0.01  # seconds
_ABANDONED_AFTER = 3600  # seconds, on file systems without locks


class NewFile:
    """A context with a new file beside `target`; at the end, the file is removed unless it has replaced `target`.

    Others may be writing a file for the same target: each has a name of its own. The lock on it, held to the end, tells
    it from one that a killed writer left.

    Raises:
        OSError: it cannot be created, or others may replace files in this folder.
    """

    def __init__(self, target: str) -> None:
        self.target = target

    def __enter__(self) -> Self:
        folder = os.path.dirname(self.target) or os.curdir
        _require_own(folder)
        clear_abandoned(folder)
        self.path, self._stream = _create(self.target)
        return self

    def __exit__(self, *_raised: object) -> None:
        self._stream.close()
        remove(self.path)

    def write(self, content: bytes, mode: int, *, lasting: bool = True) -> None:
        """Write the content; if `lasting`, wait until it is on the disk."""
        with open(self._stream.fileno(), "wb", closefd=False) as stream:
            _set_mode(self._stream.fileno(), self.path, mode)  # the umask may have taken some away
            stream.write(content)
            stream.flush()
            if lasting:
                sync(stream.fileno())

    def set_time(self, modified: float) -> None:
        """Set the modification time, in epoch seconds."""
        os.utime(self._stream.fileno() if os.utime in os.supports_fd else self.path, (modified, modified))

    def keep_owner(self) -> None:
        """Give the new file the target's owner if we may: root may edit a user's file."""
        with suppress(OSError):
            old = os.lstat(self.target)
            if HAS_OWNERS and stat.S_ISREG(old.st_mode) and not _is_ours(old):
                os.fchown(self._stream.fileno(), old.st_uid, old.st_gid)  # whoever owns the folder may rename files

    def put_in_place(self) -> None:
        """Replace the target.

        Raises:
            OSError: the owner of the folder has put something else in the place of the new file.
        """
        if not is_at(self._stream.fileno(), self.path):
            raise OSError(errno.ESTALE, "another program has moved the new file", self.path)
        if HAS_OWNERS:
            os.replace(self.path, self.target)
        else:  # Windows renames no open file
            self._stream.close()
            _replace_when_closed(self.path, self.target)


def _replace_when_closed(path: str, target: str) -> None:
    """Replace a file, retrying briefly while a reader has it open."""
    end = time.monotonic() + _READING
    while True:
        try:
            return os.replace(path, target)
        except PermissionError:
            if time.monotonic() > end:
                raise
        time.sleep(_PAUSE)


def sync(file: int) -> None:
    """Wait until an open file or folder is on the disk; on macOS, fsync alone leaves it in the disk's own cache."""
    if sys.platform == "darwin":
        from fcntl import F_FULLFSYNC, fcntl

        with suppress(OSError):  # not every file system has it
            fcntl(file, F_FULLFSYNC)
            return
    os.fsync(file)


def _set_mode(file: int, path: str, mode: int) -> None:
    """Set the permissions of an open file, which lies at this path."""
    if hasattr(os, "fchmod"):
        os.fchmod(file, mode)  # not by its path, where the owner of the folder may have put a link
    else:  # pragma: no cover - Windows before Python 3.13
        os.chmod(path, mode)


def make_private_folder(path: str, hint: str = "set TMPDIR") -> str:
    """Create a folder if it is missing, and return its path; `hint` says what to do where that is impossible.

    Raises:
        VaultUnavailableError: it cannot be created, it is a link, or somebody else could use it.
    """
    try:
        os.makedirs(path, PRIVATE_FOLDER, exist_ok=True)
        found = os.lstat(path)
    except OSError as error:
        raise VaultUnavailableError(f"cannot create the folder {path}: {error.strerror}", hint) from error
    if not stat.S_ISDIR(found.st_mode) or not _is_ours(found) or (HAS_OWNERS and found.st_mode & _FOR_OTHERS):
        raise _explain_folder(path, found)
    return path


def _explain_folder(path: str, found: stat_result) -> VaultUnavailableError:
    what, word = f"{path} must be a folder that only you can use", quote_word(path)
    if stat.S_ISLNK(found.st_mode):  # chmod would change what it leads to
        return VaultUnavailableError(f"{what}, not a symbolic link", f"rm {word}")
    return VaultUnavailableError(what, f"remove it, or chmod 700 {word}")


def clear_abandoned(folder: str) -> None:
    """Remove the new files that killed writers left in a folder."""
    with suppress(OSError):
        for name in os.listdir(folder):
            if name.endswith(_END):
                _clear(os.path.join(folder, name))


def remove(path: str) -> None:
    """Remove a file; an absent one is no error."""
    with suppress(FileNotFoundError):
        os.unlink(path)


def _clear(path: str) -> None:
    """Remove a new file, unless its writer holds its lock."""
    with suppress(OSError):
        file = os.open(path, READING_OWN)
        try:
            status = os.fstat(file)
            if stat.S_ISREG(status.st_mode) and _is_ours(status) and _is_abandoned(file, status):
                os.unlink(path)
        finally:
            os.close(file)


def _is_abandoned(file: int, status: stat_result) -> bool:
    try:
        return try_lock(file)
    except OSError:
        return status.st_ctime < time.time() - _ABANDONED_AFTER


def _create(path: str) -> tuple[str, FileIO]:
    """Create a new file beside this one, and lock it; return its path and the open file."""
    while True:
        new = f"{path}.{os.urandom(4).hex()}{_END}"
        stream = open(os.open(new, _CREATE, PRIVATE_FILE), "wb", buffering=0)  # noqa: SIM115 - for the caller
        if _lock_new(stream.fileno()) and is_at(stream.fileno(), new):
            return new, stream
        stream.close()  # another process took it for abandoned at this very moment
        remove(new)


def _lock_new(file: int) -> bool:
    try:
        return try_lock(file)
    except OSError:  # no locks here: the age of such files tells that they are abandoned
        return True


def _require_own(folder: str) -> None:
    """Refuse a folder in which others may replace files; its owner may, and where it is sticky, nobody else."""
    status = os.stat(folder)
    group_is_ours = status.st_gid == status.st_uid  # a group that has one member, as most systems make them
    others = stat.S_IWOTH if group_is_ours else stat.S_IWOTH | stat.S_IWGRP
    if HAS_OWNERS and status.st_mode & others and not status.st_mode & stat.S_ISVTX:
        raise PermissionError(errno.EPERM, "others may write to its folder", folder)
    if HAS_OWNERS and os.geteuid() and status.st_uid not in (os.geteuid(), 0):
        raise PermissionError(errno.EPERM, "its folder belongs to another user", folder)


def _is_ours(status: stat_result) -> bool:
    return not HAS_OWNERS or status.st_uid == os.geteuid()
