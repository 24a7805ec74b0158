"""Whose turn it is to refresh an identity: one process at a time, and those that waited learn of a failure at once."""

from __future__ import annotations

import os
import time
from contextlib import contextmanager, suppress

from shellvault.core import errors
from shellvault.system.file_lock import FileLock

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_SHARED = (
    errors.VaultUnavailableError,
    errors.PersonNeededError,
    errors.AwsRefusedError,
    errors.AwsUnreachableError,
)
"""Failures that everybody who waited would meet as well."""

_OWN = (errors.LockedError, errors.NotAskedError)
"""Those that somebody who may ask would not meet: a hook in the background must not fail a person's `use`."""


class RefreshLocks:
    """Locks under one folder, a file an identity, removed when its turn is over.

    A file that holds text is the tombstone of a refresh that failed: those that waited have it open and read it still.
    """

    def __init__(self, folder: str, notice: Callable[[str], None]) -> None:
        self._folder = folder
        self._notice = notice

    @contextmanager
    def turn(self, identity: str) -> Iterator[None]:
        """Wait for this identity's turn and hold it.

        A refresh that failed while we waited is not tried again: its error is raised here. Only those who waited see
        it; a command started afterwards begins afresh.

        Raises:
            ShellvaultError: the failure of the holder before us.
        """
        began = time.time()
        path = os.path.join(self._folder, identity)
        with FileLock(path, self._tell, lambda file: _raise_tombstone(file, began)) as lock:
            try:
                yield
            except _OWN:
                raise
            except _SHARED as error:
                _bury(lock.file, error.status, error.message, error.hint)
                raise
            except KeyboardInterrupt:
                _bury(lock.file, errors.PersonNeededError.status, "the refresh was cancelled in another shell", "")
                raise
            finally:
                lock.remove()

    def _tell(self) -> None:
        self._notice("waiting for another shell, which is getting this session now")


def _bury(file: int, status: int, message: str, hint: str) -> None:
    lines = (str(time.time()), str(status), message.replace("\n", " "), hint.replace("\n", " "))
    with suppress(OSError):  # on a full disk those who waited try for themselves
        os.ftruncate(file, 0)
        os.pwrite(file, "\n".join(lines).encode(errors="surrogateescape"), 0)


def _raise_tombstone(file: int, began: float) -> None:
    when, status, message, hint = (os.pread(file, 4096, 0).decode(errors="surrogateescape").split("\n") + [""] * 4)[:4]
    kind = {str(kind.status): kind for kind in _SHARED}.get(status)
    if kind and when.replace(".", "", 1).isdecimal() and float(when) >= began:
        raise kind(message, hint)
