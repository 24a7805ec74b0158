"""A folder that only this user can use, for what lives as long as a login."""

from __future__ import annotations

import os
import stat

from shellvault.core.errors import VaultUnavailableError
from shellvault.system.file_lock import PRIVATE_FOLDER

_OTHERS = 0o077


def make_private_folder(path: str) -> str:
    """Return a folder's path, after creating it where it is missing.

    Raises:
        VaultUnavailableError: it cannot be created, it is a link, or somebody else could use it.
    """
    try:
        os.makedirs(path, PRIVATE_FOLDER, exist_ok=True)
        found = os.lstat(path)
    except OSError as error:
        raise VaultUnavailableError(f"cannot create the folder {path}: {error.strerror}", "set TMPDIR") from error
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.geteuid() or found.st_mode & _OTHERS:
        raise VaultUnavailableError(f"{path} is not a folder of yours alone", f"remove it, or chmod 700 {path}")
    return path
