"""The folders in which browsers keep console sessions apart: one for each profile, in shellvault's home."""

from __future__ import annotations

import os
import shutil

from shellvault.core.model import digest
from shellvault.core.text import count
from shellvault.system.file_lock import WRITE_HINT
from shellvault.system.new_file import make_private_folder
from shellvault.system.process_life import is_running

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

_LONGEST_NAME, _DIGEST = 40, 8  # characters
_LOCKS = ("SingletonLock", "lock")
"""Links that lead to `HOST-PID` (Chromium) or `ADDRESS:+PID` (Firefox) while a browser uses the folder."""


def make_folder(home: str, profile: str) -> str:
    """Return the folder for a profile's browser, for this user only; it is created if it is missing.

    Raises:
        VaultUnavailableError: it cannot be created, or somebody else could use it.
    """
    make_private_folder(_folder_of_all(home), WRITE_HINT)
    return make_private_folder(_find_folder(home, profile), WRITE_HINT)


def forget_browsers(home: str, profile: str, notice: Callable[[str], None]) -> str:
    """Delete the folder of a profile's browser, with its cookies; every one where `profile` is empty.

    Returns: how many were deleted, such as `2 browser profiles`; the empty string for none.
    """
    paths = [_find_folder(home, profile)] if profile else _list_folders(home)
    present = [path for path in paths if os.path.isdir(path)]
    for path in present:
        if not _is_in_use(path):
            shutil.rmtree(path, ignore_errors=True)
    if remaining := sum(os.path.isdir(path) for path in present):
        kept = count(remaining, "browser profile")
        notice(f"{kept} in use, with a session of the console: close the browser and run the command again")
    deleted = len(present) - remaining
    return count(deleted, "browser profile") if deleted else ""


def _folder_of_all(home: str) -> str:
    return os.path.join(home, "browsers")


def _find_folder(home: str, profile: str) -> str:
    """Return the path for a profile: its name as far as any file system takes it, and what tells it from others."""
    plain = "".join(one if one.isascii() and (one.isalnum() or one in "-_") else "-" for one in profile)
    return os.path.join(_folder_of_all(home), f"{plain[:_LONGEST_NAME]}-{digest(profile)[:_DIGEST]}")


def _list_folders(home: str) -> list[str]:
    try:
        return [entry.path for entry in os.scandir(_folder_of_all(home))]
    except OSError:
        return []


def _is_in_use(folder: str) -> bool:
    for name in _LOCKS:
        try:
            holder = os.readlink(os.path.join(folder, name))
        except OSError:
            continue
        pid = holder[len(holder.rstrip("0123456789")) :]
        if pid and is_running(int(pid)):
            return True
    return False
