"""Reads and replaces the sealed vault's file so that no crash, full disk or other user can lose it.

Does not know what the file contains. Readers need no lock: a rename shows them the old file or the new one.
"""

from __future__ import annotations

import errno
import os
import stat

from shellvault.core.errors import VaultUnavailableError
from shellvault.system.paths import READING_OWN

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from shellvault.system.file_lock import FileLock

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
        self._lock = os.path.join(path, "vault.lock")
        self._lock_wait = lock_wait
        self._notice = notice

    def read(self) -> bytes | None:
        """Return the file; None when there is no vault."""
        with _Translated(self, "read"):
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
        from shellvault.system.atomic_file import AtomicFile  # loaded here because writing is rare

        with _Translated(self, "written"):
            AtomicFile(self.file, backup=self.backup, sync_folder=True).replace(raw)

    def locked(self) -> FileLock:
        """Return a context that keeps other writers out."""
        from shellvault.system.file_lock import FileLock

        with _Translated(self, "locked"):
            _make_folder(self.path)
            self._check_folder()
        hint = f"find out which one: {_join('fuser', '-v', self._lock)}"
        refusal = VaultUnavailableError(f"another process holds the lock of the sealed vault: {self._lock}", hint)
        return FileLock(self._lock, refusal=refusal, limit=self._lock_wait, notice=self._notice)

    def restore_hint(self) -> str:
        """Return what to do when the file is damaged or lost."""
        if os.path.lexists(self.backup):
            return f"restore the version before the last change: {_join('cp', self.backup, self.file)}"
        return f"restore {self.file} from a backup of your own, or move it away and add the key pairs again"

    def _refuse_lost(self) -> None:
        """Refuse to start a new vault where there was one."""
        if os.path.lexists(self.backup):
            raise VaultUnavailableError(f"the sealed vault is gone: {self.file}", self.restore_hint())

    def _check_folder(self) -> None:
        status = os.stat(self.path)
        if not hasattr(os, "geteuid"):  # on Windows, others have their own folders
            return
        if status.st_uid != os.geteuid():
            raise VaultUnavailableError(
                f"the sealed vault's folder belongs to another user: {self.path}",
                "set SHELLVAULT_HOME to a folder of your own",
            )
        if status.st_mode & _OTHERS_MAY_WRITE:
            raise VaultUnavailableError(
                f"others may write to the sealed vault's folder: {self.path}", _join("chmod", "700", self.path)
            )

    def _check_file(self, status: os.stat_result) -> None:
        if not stat.S_ISREG(status.st_mode) or status.st_size >= _LARGEST:
            raise VaultUnavailableError(f"this is not a sealed vault: {self.file}", self.restore_hint())
        if not hasattr(os, "geteuid"):
            return
        if status.st_uid != os.geteuid():
            raise VaultUnavailableError(
                f"the sealed vault belongs to another user: {self.file}", "set SHELLVAULT_HOME to a folder of your own"
            )
        if status.st_mode & _OTHERS_MAY_WRITE:
            raise VaultUnavailableError(
                f"others may write to the sealed vault: {self.file}", _join("chmod", "600", self.file)
            )

    def hint(self, code: int | None) -> str:
        """Return what to do about an OS error."""
        if code in _FULL:
            return f"nothing was changed; free up disk space: {_join('df', '-h', self.path)}"
        if code == errno.ELOOP:
            return "it must not be a symbolic link; to keep the vault elsewhere, set SHELLVAULT_HOME to that folder"
        return f"check the folder: {_join('ls', '-la', self.path)}"


class _Translated:
    """A context that turns OS errors into errors that say what could not be `done`."""

    def __init__(self, folder: SealedFolder, done: str) -> None:
        self._folder = folder
        self._done = done

    def __enter__(self) -> None:
        pass

    def __exit__(self, _kind: object, error: BaseException | None, _traceback: object) -> None:
        if isinstance(error, OSError):
            where = error.filename if isinstance(error.filename, str) else self._folder.path
            message = f"the sealed vault could not be {self._done}: {where}: {error.strerror}"
            raise VaultUnavailableError(message, self._folder.hint(error.errno)) from error


def _join(*words: str) -> str:
    from shlex import join  # only for errors

    return join(words)


def _make_folder(path: str) -> None:
    """Create a folder and its parents for their owner only, whatever the umask."""
    from shellvault.system.file_lock import PRIVATE_FOLDER

    if os.path.isdir(path):
        return
    parent = os.path.dirname(os.path.abspath(path))
    _make_folder(parent)
    try:
        os.mkdir(path, PRIVATE_FOLDER)
        os.chmod(path, PRIVATE_FOLDER)
    except FileExistsError:  # another process was first
        pass
