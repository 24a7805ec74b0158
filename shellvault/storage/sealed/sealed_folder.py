"""Reads and replaces the sealed vault's file so that no crash, full disk or other user can lose it.

Does not know what the file contains. Readers need no lock: a rename shows them the old file or the new one.
"""

from __future__ import annotations

import contextlib
import errno
import os
import shlex
import stat

from shellvault.core.errors import VaultUnavailableError
from shellvault.system.atomic_file import AtomicFile
from shellvault.system.file_lock import PRIVATE_FOLDER, FileLock
from shellvault.system.paths import READING_OWN

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_LARGEST = 16 << 20  # bytes; no vault comes near
_OTHERS_MAY_WRITE = 0o022
_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


class SealedFolder:
    """`vault.sealed`, its one backup `vault.old`, the lock file `vault.lock`, and a new file while it is written.

    Writers hold the lock for milliseconds, so waiting longer than `lock_wait` seconds is an error.
    """

    def __init__(self, path: str, notice: Callable[[str], None] | None = None, lock_wait: float = 30) -> None:
        self.path = path
        self.file = os.path.join(path, "vault.sealed")
        self.backup = os.path.join(path, "vault.old")
        self._atomic = AtomicFile(self.file, backup=self.backup, sync_folder=True)
        self._lock = os.path.join(path, "vault.lock")
        self._lock_wait = lock_wait
        self._notice = notice

    def read(self) -> bytes | None:
        """Return the file; None when there is no vault."""
        with self._translated("read"):
            try:
                self._check_folder()
                descriptor = os.open(self.file, READING_OWN)
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
        """Put a new file in place of the old one, which becomes the backup. Only call it while `locked`."""
        with self._translated("written"):
            self._atomic.replace(raw)

    @contextlib.contextmanager
    def locked(self) -> Iterator[None]:
        """Keep other writers out."""
        with self._translated("locked"):
            _make_folder(self.path)
            self._check_folder()
        hint = f"find out which one: fuser -v {shlex.quote(self._lock)}"
        refusal = VaultUnavailableError(f"another process holds the lock of the sealed vault: {self._lock}", hint)
        with FileLock(self._lock, refusal=refusal, limit=self._lock_wait, notice=self._notice):
            yield

    def restore_hint(self) -> str:
        """Return what to do when the file is damaged or lost."""
        if os.path.lexists(self.backup):
            return f"restore the version before the last change: {shlex.join(['cp', self.backup, self.file])}"
        return f"restore {self.file} from a backup of your own, or move it away and add the key pairs again"

    def _refuse_lost(self) -> None:
        """Refuse to start a new vault where there was one."""
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
            return f"nothing was changed; free up disk space: {shlex.join(['df', '-h', self.path])}"
        if code == errno.ELOOP:
            return "it must not be a symbolic link; to keep the vault elsewhere, set SHELLVAULT_HOME to that folder"
        return f"check the folder: {shlex.join(['ls', '-la', self.path])}"


def _make_folder(path: str) -> None:
    """Create a folder and its parents for their owner only, whatever the umask."""
    if os.path.isdir(path):
        return
    parent = os.path.dirname(os.path.abspath(path))
    _make_folder(parent)
    with contextlib.suppress(FileExistsError):  # another process was first
        os.mkdir(path, PRIVATE_FOLDER)
        os.chmod(path, PRIVATE_FOLDER)
