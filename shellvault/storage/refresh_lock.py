"""One refresh of a session at a time, for all processes; those that waited get the error of one that failed."""

from __future__ import annotations

import os
import time
from contextlib import suppress

from shellvault.core import errors
from shellvault.core.durations import parse_timeout
from shellvault.system.file_lock import FileLock, NoLockError
from shellvault.system.lock_holder import UNKNOWN, find_holder, is_stopped
from shellvault.system.waiting import tell_before_waiting

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from shellvault.core.errors import ShellvaultError

_SHARED = (
    errors.VaultUnavailableError,
    errors.PersonNeededError,
    errors.AwsRefusedError,
    errors.AwsUnreachableError,
)
"""Errors that everybody who waited would get as well."""

_OWN = (errors.LockedError, errors.NotAskedError)
"""Errors of those who cannot ask the user: a hook in the background must not make a `use` in the foreground fail."""

NOTICE_AFTER = 1.5  # seconds of waiting until the user is told; also how often the holder is checked
LONGEST = 11 * 60  # seconds; a sign-in in the browser takes ten minutes at most


class RefreshLock:
    """A context that only one process at a time can enter for an identity; the lock file is removed afterwards.

    A refresh that failed writes its error into the lock file before that (a tombstone): those that waited still have
    the file open and read it. They raise the same error instead of trying again; commands that start later do try, and
    so do those whose time limit for AWS is longer.

    Waiters pass by a holder that is stopped or never ends, and take a new lock file. If no lock file is possible, there
    is no lock: at worst, a session is obtained twice.

    Args:
        folder: the folder of the lock files.
        identity: of the session.
        notice: tells the user something that is not an error.
        timeout: the time limit for AWS, such as `10s`; empty for the usual one.

    Raises:
        ShellvaultError: the error of the process that held the lock before.
        UsageError: `timeout` is not a duration.
    """

    def __init__(self, folder: str, identity: str, notice: Callable[[str], None], timeout: str = "") -> None:
        self._notice = notice
        self._patience = parse_timeout(timeout)
        self._started = time.time()
        self._next_look = NOTICE_AFTER
        path = os.path.join(folder, identity)
        self._lock = FileLock(path, notice=notice, on_wait=self._pass_by, inspect=self._raise_tombstone)
        self._is_open = False

    def __enter__(self) -> None:
        self._started = time.time()
        tell_before_waiting()  # for this lock, or for AWS once it is held
        try:
            self._lock.__enter__()
            self._is_open = True
        except NoLockError as error:
            self._notice(f"{error.message}; going on without a lock")

    def __exit__(self, _type: object, error: BaseException | None, _traceback: object) -> None:
        if not self._is_open:
            return
        try:
            if failure := _find_shared_failure(error):
                _write_tombstone(self._lock.file, failure, self._patience)
        finally:
            self._lock.remove()
            self._lock.__exit__()

    def _pass_by(self, file: int, waited: float) -> bool:
        """Report a long wait; return True if the holder does not answer."""
        if waited < self._next_look:
            return False
        holder = find_holder(file)
        if waited > LONGEST or is_stopped(holder):
            name = "another process" if holder == UNKNOWN else f"process {holder}"
            self._notice(f"{name} is getting this session and does not answer; going on without it")
            self._next_look = NOTICE_AFTER
            return True
        if self._next_look == NOTICE_AFTER:
            self._notice("waiting for another shell to get this session")
        self._next_look += NOTICE_AFTER
        return False

    def _raise_tombstone(self, file: int) -> None:
        """Raise the error in a lock file, if it was written since we started to wait."""
        os.lseek(file, 0, os.SEEK_SET)
        text = os.read(file, 4096).decode(errors="surrogateescape")
        when, status, message, hint, patience = ([*text.split("\n"), "", "", "", "", ""])[:5]
        kind = {str(kind.status): kind for kind in _SHARED}.get(status)
        if kind is errors.AwsUnreachableError and patience.isdecimal() and int(patience) < self._patience:
            return
        if kind and when.replace(".", "", 1).isdecimal() and float(when) >= self._started:
            raise kind(message, hint)


def _find_shared_failure(error: BaseException | None) -> ShellvaultError | None:
    if isinstance(error, KeyboardInterrupt):
        return errors.PersonNeededError("the refresh was cancelled in another shell")
    return error if isinstance(error, _SHARED) and not isinstance(error, _OWN) else None


def _write_tombstone(file: int, failure: ShellvaultError, patience: int) -> None:
    lines = (
        str(time.time()),
        str(failure.status),
        *(text.replace("\n", " ") for text in (failure.message, failure.hint)),
        str(patience),
    )
    with suppress(OSError):  # on a full disk, those who waited try for themselves
        os.ftruncate(file, 0)
        os.lseek(file, 0, os.SEEK_SET)
        os.write(file, "\n".join(lines).encode(errors="surrogateescape"))
