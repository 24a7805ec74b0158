"""The sealed vault's folder: reads and replaces one file so that no crash, no full disk and no neighbour loses it.

It knows nothing of what is in the file. Readers need no lock, since a rename shows them the old file or the new one.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import shlex
import stat
import time

from shellvault.core.errors import VaultUnavailableError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

_LARGEST = 16 << 20  # bytes; nothing of ours comes near
_PAUSE = 0.01
_OTHERS_MAY_WRITE = 0o022
_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_OPEN = os.O_NOFOLLOW | os.O_CLOEXEC


class SealedFolder:
    """`vault.sealed`, its one backup `vault.old`, the lock file `vault.lock`, and `vault.new` while it is written.

    A writer holds the lock for milliseconds: after `lock_wait` seconds of waiting something is wrong.
    """

    def __init__(self, path: str, lock_wait: float = 30) -> None:
        self.path = path
        self.file = os.path.join(path, "vault.sealed")
        self.backup = os.path.join(path, "vault.old")
        self._new = os.path.join(path, "vault.new")
        self._lock = os.path.join(path, "vault.lock")
        self._lock_wait = lock_wait

    def read(self) -> bytes | None:
        """Return the file; None when there is no vault."""
        with self._translated("read"):
            try:
                self._check_folder()
                descriptor = os.open(self.file, os.O_RDONLY | os.O_NONBLOCK | _OPEN)
            except FileNotFoundError:
                self._refuse_lost()
                return None
            try:
                self._check_file(os.fstat(descriptor))
                with open(descriptor, "rb", closefd=False) as file:
                    return file.read(_LARGEST)
            finally:
                os.close(descriptor)

    def replace(self, raw: bytes) -> None:
        """Put a whole new file in place of the old one, which becomes the backup. Call it under the lock only."""
        with self._translated("written"):
            try:
                self._write_new(raw)
                self._back_up()
                os.rename(self._new, self.file)
            except OSError:
                _remove(self._new)
                raise
            self._sync_folder()

    @contextlib.contextmanager
    def locked(self) -> Iterator[None]:
        """Hold the folder against other writers. The lock file is never replaced, or two could hold it."""
        with self._translated("locked"):
            _make_folder(self.path)
            self._check_folder()
            descriptor = os.open(self._lock, os.O_RDWR | os.O_CREAT | _OPEN, 0o600)
            os.fchmod(descriptor, 0o600)  # a umask may have taken our own rights
        try:
            self._wait_for(descriptor)
            yield
        finally:
            os.close(descriptor)

    def restore_hint(self) -> str:
        """Return what to type when the file is no good."""
        if os.path.lexists(self.backup):
            return f"its backup is the version before the last change: {shlex.join(['cp', self.backup, self.file])}"
        return f"restore {self.file} from a copy of your own, or move it away and add the key pairs again"

    def _wait_for(self, descriptor: int) -> None:
        give_up = time.monotonic() + self._lock_wait
        while not _flock(descriptor):
            if time.monotonic() > give_up:
                hint = f"see who holds it: fuser -v {shlex.quote(self._lock)}"
                raise VaultUnavailableError(f"another process holds the sealed vault: {self._lock}", hint)
            time.sleep(_PAUSE)

    def _write_new(self, raw: bytes) -> None:
        _remove(self._new)  # what a killed writer left
        descriptor = os.open(self._new, os.O_WRONLY | os.O_CREAT | os.O_EXCL | _OPEN, 0o600)
        with open(descriptor, "wb") as file:
            os.fchmod(descriptor, 0o600)
            file.write(raw)
            file.flush()
            os.fsync(descriptor)

    def _back_up(self) -> None:
        """Give the present file a second name, so that its first is never absent."""
        if os.path.lexists(self.file):
            _remove(self.backup)
            os.link(self.file, self.backup)

    def _sync_folder(self) -> None:
        descriptor = os.open(self.path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)

    def _refuse_lost(self) -> None:
        """Refuse to begin a new vault where there was one."""
        if os.path.lexists(self.backup):
            raise VaultUnavailableError(f"the sealed vault is gone: {self.file}", self.restore_hint())

    def _check_folder(self) -> None:
        status = os.stat(self.path)
        if status.st_uid != os.geteuid():
            raise VaultUnavailableError(
                f"the sealed vault's folder belongs to another user: {self.path}",
                "set SHELLVAULT_HOME to a folder of your own",
            )
        if status.st_mode & _OTHERS_MAY_WRITE:
            raise VaultUnavailableError(
                f"others may write to the sealed vault's folder: {self.path}", shlex.join(["chmod", "700", self.path])
            )

    def _check_file(self, status: os.stat_result) -> None:
        if not stat.S_ISREG(status.st_mode) or status.st_size >= _LARGEST:
            raise VaultUnavailableError(f"this is not a sealed vault: {self.file}", self.restore_hint())
        if status.st_uid != os.geteuid():
            raise VaultUnavailableError(
                f"the sealed vault belongs to another user: {self.file}", "set SHELLVAULT_HOME to a folder of your own"
            )
        if status.st_mode & _OTHERS_MAY_WRITE:
            raise VaultUnavailableError(
                f"others may write to the sealed vault: {self.file}", shlex.join(["chmod", "600", self.file])
            )

    @contextlib.contextmanager
    def _translated(self, done: str) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            where = error.filename if isinstance(error.filename, str) else self.path
            message = f"the sealed vault could not be {done}: {where}: {error.strerror}"
            raise VaultUnavailableError(message, self._hint(error.errno)) from error

    def _hint(self, code: int | None) -> str:
        if code in _FULL:
            return f"nothing was changed; make room on its disk: {shlex.join(['df', '-h', self.path])}"
        if code == errno.ELOOP:
            return "it must be a file and no symbolic link; to keep it elsewhere, set SHELLVAULT_HOME to that folder"
        return f"look at the folder: {shlex.join(['ls', '-la', self.path])}"


def _make_folder(path: str) -> None:
    """Make a folder and those above it, for their owner only whatever the umask."""
    if os.path.isdir(path):
        return
    parent = os.path.dirname(os.path.abspath(path))
    _make_folder(parent)
    with contextlib.suppress(FileExistsError):  # another process was first
        os.mkdir(path, 0o700)
        os.chmod(path, 0o700)


def _flock(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _remove(path: str) -> None:
    with contextlib.suppress(FileNotFoundError):
        os.unlink(path)
