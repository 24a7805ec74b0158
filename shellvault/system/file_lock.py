"""A lock between processes on a whole file, which ends with its holder, on every system."""

from __future__ import annotations

import os
import sys
import time

from shellvault.core.errors import VaultUnavailableError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Self

    from shellvault.core.errors import ShellvaultError

PRIVATE_FILE = 0o600
PRIVATE_FOLDER = 0o700
WRITE_HINT = "free up disk space, or fix the folder's permissions"
NOTICE_AFTER = 1.5  # seconds of waiting

_FLAGS = os.O_RDWR | os.O_CREAT | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_NOFOLLOW", 0)
_PAUSE = 0.01  # seconds


class FileLock:
    """An exclusive lock; `file` is its open file while it is held. A process that dies leaves nothing locked.

    Args:
        path: the lock file, created where it is missing.
        on_wait: called once when the wait grows long.
        inspect: called with each file that was locked, even one that its last holder removed; may raise.
        refusal: raised after `limit` seconds of waiting; None: wait as long as it takes.

    Raises:
        VaultUnavailableError: the lock file cannot be created.
    """

    def __init__(
        self,
        path: str,
        *,
        on_wait: Callable[[], None] | None = None,
        inspect: Callable[[int], None] | None = None,
        refusal: ShellvaultError | None = None,
        limit: float = 0,
    ) -> None:
        self.path = path
        self.file = -1
        self._on_wait = on_wait
        self._inspect = inspect
        self._refusal = refusal
        self._limit = limit

    def __enter__(self) -> Self:
        while True:
            self.file = self._open()
            try:
                self._acquire()
                if self._inspect:
                    self._inspect(self.file)
                if _is_at(self.file, self.path):
                    return self
            except BaseException:
                os.close(self.file)
                raise
            os.close(self.file)  # its last holder removed the file meanwhile: wait for the new one

    def __exit__(self, *_raised: object) -> None:
        os.close(self.file)

    def remove(self) -> None:
        """Remove the file while holding the lock; whoever waits for it notices, and waits for the next file."""
        try:
            os.unlink(self.path)
        except OSError:  # Windows: an open file cannot be removed, and is used again next time
            return

    def _open(self) -> int:
        try:
            os.makedirs(os.path.dirname(self.path), PRIVATE_FOLDER, exist_ok=True)
            file = os.open(self.path, _FLAGS, PRIVATE_FILE)
            if os.fstat(file).st_mode & PRIVATE_FILE != PRIVATE_FILE:  # the umask took our own rights
                os.chmod(self.path, PRIVATE_FILE)
        except OSError as error:
            raise VaultUnavailableError(f"cannot write {self.path}: {error.strerror}", WRITE_HINT) from error
        return file

    def _acquire(self) -> None:
        patience = self._limit if self._refusal else NOTICE_AFTER if self._on_wait else 0
        if try_lock(self.file) or _poll(self.file, patience):
            return
        if self._refusal:
            raise self._refusal
        if self._on_wait:
            self._on_wait()
        lock(self.file)


def exclusive_or_refuse(path: str, refusal: ShellvaultError) -> FileLock:
    """Return a lock that is not waited for: `refusal` is raised at once while another process holds it."""
    return FileLock(path, refusal=refusal)


def _is_at(file: int, path: str) -> bool:
    """Return whether an open file is still the one at this path."""
    try:
        return os.path.samestat(os.fstat(file), os.stat(path))
    except FileNotFoundError:
        return False


def _poll(file: int, seconds: float) -> bool:
    """Try for a while to lock an open file; False: it is still held."""
    give_up = time.monotonic() + seconds
    while time.monotonic() < give_up:
        time.sleep(_PAUSE)
        if try_lock(file):
            return True
    return False


if sys.platform == "win32":  # pragma: no cover - Windows
    import msvcrt

    def try_lock(file: int) -> bool:
        """Lock an open file if nobody holds it."""
        try:
            msvcrt.locking(file, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True

    def lock(file: int) -> None:
        """Wait for an open file; msvcrt gives up after ten seconds, so it is asked again and again."""
        while not try_lock(file):
            time.sleep(0.05)

else:
    import fcntl

    def try_lock(file: int) -> bool:
        """Lock an open file if nobody holds it."""
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def lock(file: int) -> None:
        """Wait for an open file."""
        fcntl.flock(file, fcntl.LOCK_EX)
