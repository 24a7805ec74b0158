"""Who may write a file or folder that somebody named: where others may, its content is theirs."""

from __future__ import annotations

import os
import stat

from shellvault.core.errors import UsageError
from shellvault.core.text import quote_word

_GROUP, _OTHERS = 0o020, 0o002


def require_owned(path: str, what: str) -> None:
    """Refuse a file or folder that neither this user nor root owns, or that others may write; a missing one is fine.

    `what` names it in the message, such as `the config file`. A file's folder may not let others put another file in
    its place, either.

    Raises:
        UsageError: it is not safe to use.
    """
    try:
        found = os.stat(path)
    except OSError:  # whoever opens it says why that is impossible
        return
    if not hasattr(os, "geteuid") or stat.S_ISCHR(found.st_mode):  # only root makes devices, such as /dev/null
        return
    if found.st_uid not in (0, os.geteuid()):
        raise UsageError(
            f"{what} {path} belongs to another user, so it is not used",
            "use one of your own, or if you trust what is in it, change its owner with chown",
        )
    if _others_may_write(found):
        raise _writable(path, what, path)
    folder = os.path.dirname(path)
    above = os.stat(folder)
    if not stat.S_ISDIR(found.st_mode) and not above.st_mode & stat.S_ISVTX and _others_may_write(above):
        raise _writable(path, what, folder)


def _writable(path: str, what: str, place: str) -> UsageError:
    where = "others may write it" if place == path else f"others may write in {place}"
    return UsageError(f"{what} {path} is not used, because {where}", f"chmod go-w {quote_word(place)}")


def _others_may_write(found: os.stat_result) -> bool:
    if found.st_mode & _OTHERS:
        return True
    return bool(found.st_mode & _GROUP) and not _is_private_group(found.st_gid)


def _is_private_group(gid: int) -> bool:
    """Return whether a group is this user's alone: many systems give each user one, and let it write by default."""
    import grp
    import pwd

    try:
        user, group = pwd.getpwuid(os.geteuid()), grp.getgrgid(gid)
    except KeyError:
        return False
    return (user.pw_gid, user.pw_name) == (gid, group.gr_name) and set(group.gr_mem) <= {user.pw_name}
