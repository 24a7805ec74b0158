"""Checks who may write or replace a file or folder that somebody named: they control its content."""

from __future__ import annotations

import os
import stat

from shellvault.core.errors import UsageError
from shellvault.core.text import quote_word
from shellvault.system.paths import READING, read_open

_GROUP, _OTHERS = 0o020, 0o002
_MOST_LINKS = 40  # Linux follows no more
_OWN_HINT = "use one of your own, or if you trust what is in it, change its owner with chown"


def read_owned(path: str, what: str) -> bytes:
    """Return the content of a file of this user's or root's, opened once; `what` names it in messages.

    Raises:
        UsageError: others may write it, or put another in its place.
        OSError: it cannot be read.
    """
    file = os.open(path, READING)
    try:
        _require_safe(path, os.fstat(file), what)
        return read_open(file, path)
    finally:
        os.close(file)


def require_owned(path: str, what: str) -> None:
    """Refuse a file or folder that `read_owned` would refuse; a missing one is fine.

    Raises:
        UsageError: it is not safe to use.
    """
    try:
        found = os.stat(path)
    except OSError:  # whoever opens it says why that is impossible
        return
    _require_safe(path, found, what)


def find_links(path: str) -> list[str]:
    """Return the symbolic links that an absolute path leads through, in this order, each by a path without links."""
    links: list[str] = []
    folder, ahead = os.sep, path.split(os.sep)[::-1]
    while ahead and len(links) < _MOST_LINKS:
        place = os.path.normpath(os.path.join(folder, ahead.pop()))
        if not os.path.islink(place):
            folder = place
            continue
        links.append(place)
        target = os.readlink(place)
        ahead += target.split(os.sep)[::-1]
        folder = os.sep if os.path.isabs(target) else folder
    return links


def _require_safe(path: str, found: os.stat_result, what: str) -> None:
    if not hasattr(os, "geteuid") or stat.S_ISCHR(found.st_mode):  # only root makes devices, such as /dev/null
        return
    if not _is_ours(found):
        raise UsageError(f"{what} {path} belongs to another user, so it is not used", _OWN_HINT)
    if _others_may_write(found):
        raise _writable(path, what, path)
    if stat.S_ISFIFO(found.st_mode):  # of a shell's `<(…)`, which lies in no folder
        return
    try:
        _require_safe_way(path, found, what)
    except OSError as error:
        raise UsageError(f"{what} {path} cannot be checked: {error.strerror}", "run the command again") from error


def _require_safe_way(path: str, found: os.stat_result, what: str) -> None:
    """Refuse a file that others may replace or that has left its path; for a folder, check the links leading to it."""
    for link in find_links(path):
        if not _is_ours(os.lstat(link)):
            raise UsageError(f"{what} {path} is not used, because the link {link} belongs to another user", _OWN_HINT)
        _require_safe_folder(path, os.path.dirname(link), what)
    if not stat.S_ISDIR(found.st_mode):
        _require_safe_folder(path, os.path.dirname(os.path.realpath(path)), what)
    if not os.path.samestat(os.stat(path), found):
        raise UsageError(f"{what} {path} was replaced while it was read, so it is not used", "run the command again")


def _require_safe_folder(path: str, folder: str, what: str) -> None:
    """Refuse a folder in which others can replace a file: its owner can, and so can writers unless it is sticky."""
    found = os.stat(folder)
    if not _is_ours(found):
        raise UsageError(f"{what} {path} is not used, because {folder} belongs to another user", _OWN_HINT)
    if not found.st_mode & stat.S_ISVTX and _others_may_write(found):
        raise _writable(path, what, folder)


def _is_ours(found: os.stat_result) -> bool:
    return found.st_uid in (0, os.geteuid())


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
