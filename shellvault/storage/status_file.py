"""Status files, which tell hooks and direnv about refreshes. They hold times and a word, no secret.

There is one for each profile, and one more for each way in which shells narrow or name its sessions.

One line, `REFRESH_AT EXPIRES_AT STATE` (epoch seconds; `ok`, `mfa`, `locked` or `failed`). direnv reloads when the
whole second of the modification time changes, so that time is set here: it rises with each new session, and stays the
same when a refresh failed.
"""

from __future__ import annotations

import os
import time

from shellvault.core.errors import LockedError, PersonNeededError, ShellvaultError
from shellvault.core.model import blake2b
from shellvault.system.paths import READING_OWN

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from shellvault.core.model import Session

_LONGEST = 100  # bytes

_STATES: tuple[tuple[type[ShellvaultError], str], ...] = ((LockedError, "locked"), (PersonNeededError, "mfa"))
"""Errors of a refresh, with the state that hooks show; any other failure is `failed`."""


def find_path(home: str, profile: str, via: str = "") -> str:
    """Return the path of the status file of a profile's sessions; for `via` see `shellvault.core.environment.VIA`.

    It is in shellvault's home, where every shell looks, whether it belongs to a desktop, came over SSH or outlived its
    login in tmux. XDG_RUNTIME_DIR is another folder in each of them, or none.
    """
    key = f"{home}\0{profile}\0{via}" if via else f"{home}\0{profile}"
    name = blake2b(os.fsencode(key), digest_size=16).hexdigest()
    return os.path.join(home, "stamps", name)


def record_renewal(path: str, session: Session) -> None:
    """Write a session's times, unless they are there already."""
    if _read(path) != (session.refresh_at, session.expires_at, "ok"):
        _write(path, session.refresh_at, session.expires_at, "ok")


def record_failure(path: str, error: ShellvaultError) -> None:
    """Write that a refresh failed, and how; the times of the previous session stay."""
    refresh_at, expires_at, before = _read(path)
    state = next((state for kind, state in _STATES if isinstance(error, kind)), "failed")
    if state != before:
        _write(path, refresh_at, expires_at, state)


def record_outcome(path: str, obtain: Callable[[], Session]) -> Session:
    """Return the session that `obtain` returns, and record success or failure; a session already due is not recorded.

    Raises:
        ShellvaultError: no session was obtained.
    """
    try:
        session = obtain()
    except ShellvaultError as error:
        record_failure(path, error)
        raise
    if session.refresh_at > time.time():
        record_renewal(path, session)
    return session


def _read(path: str) -> tuple[int, int, str]:
    try:
        with open(path, "rb", 0, opener=lambda name, _: os.open(name, READING_OWN)) as file:
            refresh_at, expires_at, state = (file.read(_LONGEST) or b"").split()  # a pipe may hold nothing
        return int(refresh_at), int(expires_at), state.decode("ascii")
    except (OSError, ValueError):
        return 0, 0, ""


def _write(path: str, refresh_at: int, expires_at: int, state: str) -> None:
    """Replace the status. If that fails, hooks notice the refresh later; nothing else depends on it.

    So we do not wait for the disk, which takes longer than asking AWS.
    """
    from shellvault.system.atomic_file import AtomicFile  # not on the warm path

    try:
        os.makedirs(os.path.dirname(path), 0o700, exist_ok=True)
        previous = _modified(path)
        modified = previous if previous and state != "ok" else max(refresh_at, previous + 1)
        AtomicFile(path, lasting=False).replace(f"{refresh_at} {expires_at} {state}\n".encode(), modified=modified)
    except OSError:
        return


def _modified(path: str) -> int:
    try:
        return int(os.lstat(path).st_mtime)
    except FileNotFoundError:
        return 0
