"""A lock between processes on a whole file, which ends with its holder, on every system."""

from __future__ import annotations

import os
import stat
import sys
import time

from shellvault.core.errors import VaultUnavailableError
from shellvault.system.lock_holder import UNKNOWN, find_holder, is_stopped
from shellvault.system.waiting import tell_before_waiting

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Self

    from shellvault.core.errors import ShellvaultError

    OnWait = Callable[[int, float], bool]

PRIVATE_FILE = 0o600
PRIVATE_FOLDER = 0o700
WRITE_HINT = "free up disk space, or fix the folder's permissions"
LIMIT = 30.0  # seconds; whoever writes a file holds its lock for milliseconds
QUIET = 1.0  # seconds of waiting until the user is told; also how often the holder is checked

_FLAGS = os.O_RDWR | os.O_CREAT
for _name in ("O_CLOEXEC", "O_NOFOLLOW", "O_NONBLOCK", "O_BINARY"):
    _FLAGS |= getattr(os, _name, 0)
_PAUSES = (0.01, 0.1)  # seconds: the first, and the longest


class NoLockError(VaultUnavailableError):
    """The lock file cannot be created, or is no file."""


class FileLock:
    """An exclusive lock; `file` is its open file while it is held. A process that dies leaves nothing locked.

    Args:
        path: the lock file, created where it is missing.
        notice: tells the user which process we are waiting for, or that this file system has no locks.
        inspect: called with each file that was locked, even one that its last holder removed; may raise.
        on_wait: called repeatedly with the locked file and the seconds of waiting; returns True to pass its holder by.
        refusal: raised after `limit` seconds of waiting, if there is no `on_wait`; it tells which process holds the
            lock, if that is known.
        limit: seconds; we give a stopped holder at most `QUIET` seconds more once the user is told.

    Raises:
        NoLockError: the lock file cannot be used.
    """

    def __init__(
        self,
        path: str,
        *,
        notice: Callable[[str], None] | None = None,
        inspect: Callable[[int], None] | None = None,
        on_wait: OnWait | None = None,
        refusal: ShellvaultError | None = None,
        limit: float = LIMIT,
    ) -> None:
        self.path = path
        self.file = -1
        self._notice = notice
        self._inspect = inspect
        self._on_wait = on_wait or self._refuse_late
        self._refusal = refusal or VaultUnavailableError(
            f"another process holds {path}", "run the command again when it has finished"
        )
        self._limit = limit
        self._next_look = QUIET

    def __enter__(self) -> Self:
        while True:
            self.file = self._open()
            try:
                if self._acquire():
                    return self
            except BaseException:
                os.close(self.file)
                raise
            os.close(self.file)  # it is no longer the lock: take the one that is

    def __exit__(self, *_raised: object) -> None:
        os.close(self.file)

    def remove(self) -> bool:
        """Remove the file; waiters notice, and wait for the next one. Return False if it cannot be removed."""
        try:
            if is_at(self.file, self.path):  # else this holder was passed by, and the file there is another's lock
                os.unlink(self.path)
        except OSError:  # Windows: an open file cannot be removed, and is used again next time
            return False
        return True

    def _open(self) -> int:
        try:
            os.makedirs(os.path.dirname(self.path), PRIVATE_FOLDER, exist_ok=True)
            file = os.open(self.path, _FLAGS, PRIVATE_FILE)
            mode = os.fstat(file).st_mode
            if stat.S_ISREG(mode) and mode & PRIVATE_FILE != PRIVATE_FILE and hasattr(os, "fchmod"):
                os.fchmod(file, PRIVATE_FILE)  # the umask took our own rights
        except OSError as error:
            raise NoLockError(f"cannot write {self.path}: {error.strerror}", WRITE_HINT) from error
        if not stat.S_ISREG(mode):
            os.close(file)
            raise NoLockError(f"cannot write {self.path}: it is not a file", "remove it")
        return file

    def _acquire(self) -> bool:
        """Lock the open file, or do without; return False if it is no longer at its path."""
        started, (pause, longest) = time.monotonic(), _PAUSES
        while not self._try():
            tell_before_waiting()
            if self._on_wait(self.file, time.monotonic() - started):
                return not self.remove()  # where it cannot be removed, go on without a lock
            time.sleep(pause)
            pause = min(2 * pause, longest)
        if self._inspect:
            self._inspect(self.file)
        return is_at(self.file, self.path)

    def _try(self) -> bool:
        """Lock the open file if nobody holds it; a file system without locks counts as locked."""
        try:
            return try_lock(self.file)
        except OSError as error:
            if self._notice:
                self._notice(f"cannot lock {self.path}: {error.strerror}; going on without a lock")
            return True

    def _tell(self, holder: int) -> None:
        if self._notice:
            name = "another process" if holder == UNKNOWN else f"process {holder}"
            self._notice(f"waiting for {name}, which holds {self.path}")

    def _refuse_late(self, file: int, waited: float) -> bool:
        if waited < min(self._limit, self._next_look):
            return False
        refusal, holder = self._refusal, find_holder(file)
        is_first_look, self._next_look = self._next_look == QUIET, waited + QUIET
        if waited < self._limit and (is_first_look or not is_stopped(holder)):
            if is_first_look:
                self._tell(holder)
            return False
        if holder == UNKNOWN:
            raise refusal
        if is_stopped(holder):
            hint = f"kill -CONT {holder} lets it go on; kill -KILL {holder} ends it"
            raise type(refusal)(f"{refusal.message}: process {holder} holds the lock and does not answer", hint)
        raise type(refusal)(f"{refusal.message} (process {holder})", refusal.hint)


def exclusive_or_refuse(path: str, refusal: ShellvaultError, notice: Callable[[str], None] | None = None) -> FileLock:
    """Return a lock that never waits: it raises `refusal` at once while another process holds it."""
    return FileLock(path, refusal=refusal, notice=notice, limit=0)


def is_at(file: int, path: str) -> bool:
    """Return whether an open file is still the one at this path."""
    try:
        return os.path.samestat(os.fstat(file), os.lstat(path))
    except FileNotFoundError:
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

else:
    import fcntl

    def try_lock(file: int) -> bool:
        """Lock an open file if nobody holds it.

        Raises:
            OSError: the file system has no locks.
        """
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True
