"""A whole-file lock between processes that dies with its holder, on every system."""

from __future__ import annotations

import os
import sys

from shellvault.core.errors import VaultUnavailableError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Self

PRIVATE_FILE = 0o600
PRIVATE_FOLDER = 0o700
_FLAGS = os.O_RDWR | os.O_CREAT | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_NOFOLLOW", 0)
PATIENCE = 1.5  # seconds of waiting before a person is told why


class FileLock:
    """An exclusive lock on one file; `file` is open while it is held. Nothing is left locked by a process that died.

    Args:
        path: the file, made where it is missing.
        waiting: called once when the wait grows long.
        look: called with each file that was locked, even one that its last holder removed; it may raise.

    Raises:
        VaultUnavailableError: the file cannot be made where it has to be.
    """

    def __init__(
        self, path: str, waiting: Callable[[], None] | None = None, look: Callable[[int], None] = lambda _file: None
    ) -> None:
        self.path = path
        self._waiting = waiting
        self._look = look
        self.file = -1

    def __enter__(self) -> Self:
        while True:
            self.file = self._opened()
            try:
                self._acquire()
                self._look(self.file)
                if _same(self.file, self.path):
                    return self
            except BaseException:
                os.close(self.file)
                raise
            os.close(self.file)  # its last holder removed the file meanwhile: queue at the new one

    def __exit__(self, *_raised: object) -> None:
        os.close(self.file)

    def remove(self) -> None:
        """Remove the file while holding it; whoever waits for it notices and queues again."""
        try:
            os.unlink(self.path)
        except OSError:  # Windows: an open file stays, and is used again next time
            return

    def _opened(self) -> int:
        try:
            os.makedirs(os.path.dirname(self.path), PRIVATE_FOLDER, exist_ok=True)
            return os.open(self.path, _FLAGS, PRIVATE_FILE)
        except OSError as error:
            raise VaultUnavailableError(
                f"cannot write {self.path}: {error.strerror}", "make room on its disk, or mend the folder's rights"
            ) from error

    def _acquire(self) -> None:
        if try_lock(self.file):
            return
        if self._waiting is None:
            lock(self.file)
        else:
            _lock_and_tell(self.file, self._waiting)


def _same(file: int, path: str) -> bool:
    try:
        return os.path.samestat(os.fstat(file), os.stat(path))
    except FileNotFoundError:
        return False


def _lock_and_tell(file: int, waiting: Callable[[], None]) -> None:
    import time

    patience = time.monotonic() + PATIENCE
    while time.monotonic() < patience:
        time.sleep(0.02)
        if try_lock(file):
            return
    waiting()
    lock(file)


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
        """Wait for an open file; msvcrt gives up after ten seconds, so it is asked again."""
        import time

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
