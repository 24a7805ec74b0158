"""Replaces a file as a whole or not at all, and reads small files; the one writer of files that others may know of."""

from __future__ import annotations

import os
from contextlib import contextmanager

from shellvault.core.errors import UsageError, VaultUnavailableError
from shellvault.system.file_lock import PRIVATE_FILE, PRIVATE_FOLDER, WRITE_HINT, FileLock
from shellvault.system.new_file import HAS_OWNERS, NewFile, clear_abandoned, remove, sync
from shellvault.system.paths import LARGEST, READING, READING_OWN, explain_unreadable, read_file

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


class AtomicFile:
    """A file that is replaced by one written beside it, under a name of its own.

    Args:
        path: the file; a symbolic link itself is replaced, not what it leads to.
        backup: a second name under which the replaced file is kept; empty for none.
        sync_folder: whether to wait until the new name is on the disk, too.
        lasting: whether to wait until the content is there, so that losing power loses neither the old nor the new one.
    """

    def __init__(self, path: str, *, backup: str = "", sync_folder: bool = False, lasting: bool = True) -> None:
        self._path = path
        self._backup = backup
        self._sync_folder = sync_folder
        self._lasting = lasting

    def replace(
        self,
        content: bytes,
        *,
        mode: int = PRIVATE_FILE,
        modified: float | None = None,
        expected: bytes | None = None,
    ) -> None:
        """Put new content in place of the old; also remove new files that killed writers left in this folder.

        `modified` is the new file's modification time (epoch seconds; None: now). `expected` is what the old file must
        still hold when the new one is ready.

        Raises:
            OSError: the new file could not be written, and nothing of it is left; or others could replace it.
            UsageError: the old file was changed by somebody else; it is as they left it.
        """
        with NewFile(self._path) as new:
            new.write(content, mode, lasting=self._lasting)
            if modified is not None:
                new.set_time(modified)
            new.keep_owner()
            if expected is not None:
                _require_content(self._path, expected)
            self._back_up()
            new.put_in_place()
        if self._sync_folder and HAS_OWNERS:  # Windows opens no folder
            _sync(os.path.dirname(self._path))

    def _back_up(self) -> None:
        """Give the old file a second name, so that its first is never absent."""
        if self._backup and os.path.lexists(self._path):
            remove(self._backup)
            os.link(self._path, self._backup)


def replace_file(path: str, content: bytes, *, mode: int | None = None, expected: bytes | None = None) -> None:
    """Replace a file of the user's, or create it; symbolic links stay, and so do its permissions unless `mode` is set.

    `expected` is what the old file must still hold when the new one is ready.

    Raises:
        VaultUnavailableError: it could not be written; the old file is unchanged.
        UsageError: the old file was modified by another program; it was left unchanged.
    """
    path = os.path.realpath(path)
    if os.path.exists(path) and not os.path.isfile(path):  # such as AWS_CONFIG_FILE=/dev/null
        raise VaultUnavailableError(f"cannot write {path}: it is not a file", "use a regular file path")
    try:
        os.makedirs(os.path.dirname(path), PRIVATE_FOLDER, exist_ok=True)
        if mode is None:
            mode = os.stat(path).st_mode & 0o777 if os.path.exists(path) else PRIVATE_FILE
        AtomicFile(path).replace(content, mode=mode, expected=expected)
    except OSError as error:
        raise VaultUnavailableError(f"cannot write {path}: {error.strerror}", WRITE_HINT) from error


def replace_own(path: str, content: bytes, *, backup: str = "", mode: int = PRIVATE_FILE) -> None:
    """Replace a file of shellvault's own, which only its owner may read; for `backup` see `AtomicFile`.

    Raises:
        VaultUnavailableError: it could not be written; the old file is unchanged.
    """
    try:
        os.makedirs(os.path.dirname(path), PRIVATE_FOLDER, exist_ok=True)
        AtomicFile(path, backup=backup).replace(content, mode=mode)
    except OSError as error:
        raise VaultUnavailableError(f"cannot write {path}: {error.strerror}", WRITE_HINT) from error


def read_bytes(path: str, *, follow: bool = True, limit: int = LARGEST) -> bytes:
    """Return a file's content, or nothing for a device; never wait for anything that is not a file.

    Raises:
        OSError: it cannot be read, is not a file, is too large, or is a symbolic link that must not be followed.
    """
    return read_file(path, READING if follow else READING_OWN, limit)


def read_text(path: str) -> str:
    """Return a file's text with its line endings as they are, the empty string where there is no such file.

    Raises:
        UsageError: it cannot be read.
    """
    try:
        return read_bytes(path).decode("utf-8", "surrogateescape")
    except FileNotFoundError:
        return ""
    except OSError as error:
        raise explain_unreadable(path, error, "use another file") from error


def encode_text(text: str) -> bytes:
    """Return the bytes from which `read_text` made a text."""
    return text.encode("utf-8", "surrogateescape")


@contextmanager
def exclusive(path: str, notice: Callable[[str], None] | None = None) -> Iterator[None]:
    """Let one process at a time change a file; the lock file beside it is removed afterwards.

    `notice` tells the user what we are waiting for.
    """
    with FileLock(path + ".lock", notice=notice) as lock:
        try:
            clear_abandoned(os.path.dirname(os.path.realpath(path)))
            yield
        finally:
            lock.remove()


def _require_content(path: str, expected: bytes) -> None:
    if read_bytes(path) != expected:
        raise UsageError(f"{path} was modified by another program; it was left unchanged", "run the same command again")


def _sync(folder: str) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        sync(descriptor)
    finally:
        os.close(descriptor)
