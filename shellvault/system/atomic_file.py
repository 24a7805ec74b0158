"""Replaces a file as a whole or not at all, and reads small text files byte for byte."""

from __future__ import annotations

import os
from contextlib import contextmanager, suppress

from shellvault.core.errors import UsageError, VaultUnavailableError
from shellvault.system.file_lock import PRIVATE_FILE, PRIVATE_FOLDER, WRITE_HINT, FileLock

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

_CREATE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_NOFOLLOW", 0)


class AtomicFile:
    """A file that is replaced by one written beside it. Two writers at a time need a lock, or names of their own.

    Args:
        path: the file; a symbolic link itself is replaced, not what it leads to.
        beside: where the new file is written, in the same folder; what is there is removed first.
        backup: a second name that the replaced file gets, so that it stays; empty for none.
        sync_folder: whether to wait until the new name, too, is on the disk.
    """

    def __init__(self, path: str, *, beside: str = "", backup: str = "", sync_folder: bool = False) -> None:
        self._path = path
        self._new = beside or f"{path}.new"
        self._backup = backup
        self._sync_folder = sync_folder

    def replace(
        self,
        content: bytes,
        *,
        mode: int = PRIVATE_FILE,
        modified: float | None = None,
        expected: bytes | None = None,
    ) -> None:
        """Put new content in place of the old.

        `modified` is the new file's modification time (epoch seconds; None: now). `expected` is what the old file must
        still hold when the new one is ready.

        Raises:
            OSError: the new file could not be written, and nothing of it is left.
            UsageError: the old file was changed by somebody else; it is as they left it.
        """
        try:
            self._write_new(content, mode)
            if modified is not None:
                os.utime(self._new, (modified, modified))
            if expected is not None:
                _require_content(self._path, expected)
            self._back_up()
            os.replace(self._new, self._path)
        except BaseException:
            with suppress(OSError):
                os.unlink(self._new)
            raise
        if self._sync_folder:
            _sync(os.path.dirname(self._path))

    def _write_new(self, content: bytes, mode: int) -> None:
        _remove(self._new)  # left by a writer that was killed
        with open(os.open(self._new, _CREATE, PRIVATE_FILE), "wb") as stream:
            os.chmod(self._new, mode)  # the umask may have taken some away
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())

    def _back_up(self) -> None:
        """Give the old file a second name, so that its first is never absent."""
        if self._backup and os.path.lexists(self._path):
            _remove(self._backup)
            os.link(self._path, self._backup)


def replace_file(path: str, content: bytes, *, mode: int | None = None, expected: bytes | None = None) -> None:
    """Replace a file of the user's, or create it; symbolic links stay, and so do its permissions unless `mode` is set.

    `expected` is what the old file must still hold when the new one is ready.

    Raises:
        VaultUnavailableError: it could not be written; the old file is as it was.
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


def read_text(path: str, hint: str = "fix the file's permissions, or use another file") -> str:
    """Return a file's text with its line endings as they are, the empty string where there is no such file.

    Raises:
        UsageError: it cannot be read; `hint` says what to do.
    """
    try:
        with open(path, encoding="utf-8", errors="surrogateescape", newline="") as stream:
            return stream.read()
    except FileNotFoundError:
        return ""
    except OSError as error:
        raise UsageError(f"cannot read {path}: {error.strerror}", hint) from error


def encode_text(text: str) -> bytes:
    """Return the bytes from which `read_text` made a text."""
    return text.encode("utf-8", "surrogateescape")


@contextmanager
def exclusive(path: str) -> Iterator[None]:
    """Let one process at a time change a file; the lock file beside it is removed afterwards."""
    with FileLock(path + ".lock") as lock:
        try:
            yield
        finally:
            lock.remove()


def _require_content(path: str, expected: bytes) -> None:
    with open(path, "rb") as stream:
        if stream.read() != expected:
            raise UsageError(
                f"{path} was modified by another program; it was left unchanged", "run the same command again"
            )


def _remove(path: str) -> None:
    with suppress(FileNotFoundError):
        os.unlink(path)


def _sync(folder: str) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
