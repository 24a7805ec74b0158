"""Stamps: a small file a profile, from which hooks and direnv learn of a refresh. It holds times and a word, no secret.

One line, `REFRESH_AT EXPIRES_AT STATE` (epoch seconds; `ok`, `mfa`, `locked` or `failed`). direnv loads again when the
modification time is another whole second, so that is set by hand: it never goes back, and stays when a refresh failed.
"""

from __future__ import annotations

import os

from shellvault.core.model import digest

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from shellvault.core.model import Session

STATES = {5: "locked", 6: "mfa"}
"""Exit status of a refresh to the word that hooks show; any other failure is `failed`."""


def path(environ: Mapping[str, str], home: str, profile: str) -> str:
    """Return the stamp of a profile: under XDG_RUNTIME_DIR, which is gone after logout, or in shellvault's home."""
    name = digest("stamp", home, profile)
    runtime = environ.get("XDG_RUNTIME_DIR", "")
    return os.path.join(runtime, "shellvault", name) if os.path.isabs(runtime) else os.path.join(home, "stamps", name)


def record_renewal(stamp: str, session: Session) -> None:
    """Tell of a session, if the stamp does not say so already."""
    _write(stamp, session.refresh_at, session.expires_at, "ok")


def record_failure(stamp: str, status: int) -> None:
    """Tell of a refresh that failed; the times of the session before stay."""
    refresh_at, expires_at, _state = _read(stamp)
    _write(stamp, refresh_at, expires_at, STATES.get(status, "failed"))


def _read(stamp: str) -> tuple[int, int, str]:
    try:
        with open(stamp, encoding="utf-8", errors="replace") as file:
            refresh_at, expires_at, state = file.readline().split()
        return int(refresh_at), int(expires_at), state
    except (OSError, ValueError):
        return 0, 0, ""


def _write(stamp: str, refresh_at: int, expires_at: int, state: str) -> None:
    """Replace a stamp that says something else. One that cannot be written costs a hook its news, and nobody else."""
    if _read(stamp) == (refresh_at, expires_at, state):
        return
    new = f"{stamp}.{os.getpid()}"
    try:
        os.makedirs(os.path.dirname(stamp), 0o700, exist_ok=True)
        with open(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
            file.write(f"{refresh_at} {expires_at} {state}\n")
        modified = _modified(stamp)
        moment = modified if modified and state != "ok" else max(refresh_at, modified + 1)
        os.utime(new, (moment, moment))
        os.replace(new, stamp)
    except OSError:
        return


def _modified(path: str) -> int:
    try:
        return int(os.stat(path).st_mtime)
    except FileNotFoundError:
        return 0
