"""Reads a small text file of the person's own to the byte, and replaces one whole or not at all."""

from __future__ import annotations

import os
from contextlib import contextmanager, suppress

from shellvault.core.errors import UsageError, VaultUnavailableError
from shellvault.system.file_lock import PRIVATE_FILE, PRIVATE_FOLDER, FileLock

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator


def read_text(path: str, hint: str = "mend the file's rights, or name another") -> str:
    """Return a file's text, empty where there is none; its ends of lines as they are.

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
    """Return the bytes that `read` read."""
    return text.encode("utf-8", "surrogateescape")


@contextmanager
def exclusive(path: str) -> Iterator[None]:
    """Let only one process at a time change a file; the lock lies beside it meanwhile."""
    with FileLock(path + ".lock") as lock:
        try:
            yield
        finally:
            lock.remove()


def replace_file(path: str, content: bytes, *, mode: int | None = None, expected: bytes | None = None) -> None:
    """Write a file beside the old one and put it in its place; rights and symbolic links stay as they were.

    `mode` are other rights for it; `expected` is what the old file has to hold still when the new one is ready.

    Raises:
        VaultUnavailableError: the disk is full or the folder closed; the old file is as it was.
        UsageError: the old file was changed meanwhile; it is as it was changed.
    """
    path = os.path.realpath(path)
    if os.path.exists(path) and not os.path.isfile(path):  # such as AWS_CONFIG_FILE=/dev/null
        raise VaultUnavailableError(f"cannot write {path}: it is not a file", "name a file, or one that is yet to be")
    new = path + ".new"
    try:
        os.makedirs(os.path.dirname(path), PRIVATE_FOLDER, exist_ok=True)
        if mode is None:
            mode = os.stat(path).st_mode & 0o777 if os.path.exists(path) else PRIVATE_FILE
        with open(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, PRIVATE_FILE), "wb") as stream:
            os.chmod(new, mode)
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        _require(path, expected)
        os.replace(new, path)
    except UsageError:
        os.unlink(new)
        raise
    except OSError as error:
        with suppress(OSError):
            os.unlink(new)  # half of it, on a disk that may be full
        raise VaultUnavailableError(
            f"cannot write {path}: {error.strerror}", "make room on its disk, or mend the folder's rights"
        ) from error


def _require(path: str, expected: bytes | None) -> None:
    if expected is None:
        return
    with open(path, "rb") as stream:
        if stream.read() != expected:
            raise UsageError(f"{path} was changed meanwhile; it was left as it is", "run the same command again")
