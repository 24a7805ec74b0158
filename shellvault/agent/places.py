"""The folders in which an agent, or what is served, may be: the variables that choose one differ between programs.

The vault's file `places` names each folder that was ever chosen for it; a zero byte separates them.
"""

from __future__ import annotations

import os
import stat
from contextlib import suppress

from shellvault import find_folder, find_socket
from shellvault.core.errors import VaultUnavailableError
from shellvault.system.atomic_file import replace_own
from shellvault.system.file_lock import FileLock
from shellvault.system.paths import READING_OWN, data_folder, read_file

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

_NAME = "places"
_LARGEST = 1 << 20  # bytes


def note_place(environ: Mapping[str, str], folder: str) -> None:
    """Remember a folder for the vault that an environment names, if that exists; failures are no error."""
    path = os.path.join(data_folder(environ, "/"), _NAME)
    if folder in list_noted(environ) or not os.path.isdir(os.path.dirname(path)):
        return
    with suppress(OSError, VaultUnavailableError), FileLock(f"{path}.lock"):
        kept = filter(os.path.isdir, list_noted(environ))
        replace_own(path, os.fsencode("\0".join([*kept, folder])))


def list_noted(environ: Mapping[str, str]) -> list[str]:
    """Return the folders that were remembered."""
    try:
        found = read_file(os.path.join(data_folder(environ, "/"), _NAME), READING_OWN, _LARGEST)
    except OSError:  # nothing was ever served, or it cannot be read
        return []
    return [folder for folder in os.fsdecode(found).split("\0") if folder[:1] == "/"]


def list_usual(environ: Mapping[str, str]) -> list[str]:
    """Return the folders that can be chosen with this environment, or with fewer variables."""
    temporary = [folder.rstrip("/") for folder in (environ.get("TMPDIR", ""), "/tmp") if folder[:1] == "/"]  # noqa: S108
    return [
        *(find_folder(environ), f"/run/user/{os.getuid()}/shellvault"),
        *(f"{folder}/shellvault-{os.getuid()}" for folder in temporary),
    ]


def list_sockets(environ: Mapping[str, str]) -> list[str]:
    """Return the paths at which an agent of the environment's vault may listen: where it would, and where one did."""
    if not (socket := find_socket(environ, ("agent",))):
        return []
    folders = dict.fromkeys([os.path.dirname(socket), *list_usual(environ), *list_noted(environ)])
    return [os.path.join(folder, os.path.basename(socket)) for folder in folders if is_own(folder)]


def is_own(folder: str) -> bool:
    """Return whether a folder is there, and is this user's."""
    try:
        found = os.lstat(folder)
    except OSError:
        return False
    return stat.S_ISDIR(found.st_mode) and found.st_uid == os.getuid()
