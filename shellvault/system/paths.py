"""Paths as one command's environment and folder give them; nothing here looks at those of this process."""

from __future__ import annotations

import errno
import os
import stat
import sys

from shellvault.core.errors import UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

READING = os.O_RDONLY | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
"""How to open a file that somebody may have replaced by a pipe or a device: without waiting for it.

On Windows, nothing translates line endings.
"""

READING_OWN = READING | getattr(os, "O_NOFOLLOW", 0)
"""The same for a file of ours, which is never a symbolic link."""

LARGEST = 64 << 20
"""Bytes; no file that we read comes near."""

GENERATED = "# shellvault made this file, and will make it again: "
"""How the first line of a generated file begins; a digest of what it was made from follows, and that file's path."""
_LONGEST_LINE = 1 << 16
_REMEDIES = {
    **dict.fromkeys((errno.EACCES, errno.EPERM), "fix its permissions"),
    **dict.fromkeys((errno.EISDIR, errno.EINVAL), "put a file in its place"),  # a folder, a pipe
}
_HOME = "USERPROFILE" if sys.platform == "win32" else "HOME"  # as the AWS CLI and SDKs find it


def require_shell_pipe(file: int, path: str) -> None:
    """Allow reading a shell's `<(…)` pipe to its end, since somebody is writing to it.

    Raises:
        OSError: it is anything else: another pipe, a folder, a socket.
    """
    if stat.S_ISDIR(os.fstat(file).st_mode):
        raise OSError(errno.EISDIR, os.strerror(errno.EISDIR), path)
    if not (path.startswith("/dev/fd/") and stat.S_ISFIFO(os.fstat(file).st_mode)):
        raise OSError(errno.EINVAL, "it is not a file", path)
    os.set_blocking(file, True)


def read_open(file: int, path: str, limit: int = LARGEST) -> bytes:
    """Return the content of an open file or a shell's pipe; nothing for a device such as /dev/null.

    Raises:
        OSError: it cannot be read, is larger than `limit`, or is anything else: another pipe, a folder, a socket.
    """
    mode = os.fstat(file).st_mode
    if not stat.S_ISREG(mode) and not stat.S_ISCHR(mode):
        require_shell_pipe(file, path)
    with open(file, "rb", closefd=False) as stream:
        content = b"" if stat.S_ISCHR(mode) else stream.read(limit + 1)
    if len(content) > limit:
        raise OSError(errno.EFBIG, f"it is larger than {limit} bytes", path)
    return content


def read_file(path: str, flags: int = READING, limit: int = LARGEST) -> bytes:
    """Return the content of a file, opened with these flags; for the rest see `read_open`."""
    file = os.open(path, flags)
    try:
        return read_open(file, path, limit)
    finally:
        os.close(file)


def explain_unreadable(path: str, error: OSError, otherwise: str) -> UsageError:
    """Return our error for a file that cannot be read; `otherwise` is what else to do about it."""
    remedy = _REMEDIES.get(error.errno or 0, "check the path")
    return UsageError(f"cannot read {path}: {error.strerror}", f"{remedy}, or {otherwise}")


def home_folder(environ: Mapping[str, str], cwd: str) -> str:
    """Return the user's home folder: HOME (on Windows USERPROFILE), else the one in the user database."""
    home = environ.get(_HOME) or _recorded_home()
    return home if home[:1] == "/" else os.path.join(cwd, home)


def expand(path: str, environ: Mapping[str, str], cwd: str) -> str:
    """Return an absolute path, with a leading `~` expanded; `~user` is that user's home folder."""
    if path == "~" or path.startswith(("~/", f"~{os.sep}")):
        path = os.path.join(home_folder(environ, cwd), path[1:].lstrip(f"/{os.sep}"))
    elif path.startswith("~"):
        path = os.path.expanduser(path)
    return os.path.normpath(os.path.join(cwd, path))


def expand_variables(path: str, environ: Mapping[str, str]) -> str:
    """Return a path with `$NAME` and `${NAME}` replaced, as the AWS CLI does; unknown names stay."""
    expanded, dollar, rest = path.partition("$")
    while dollar:
        reference, name = _leading_reference(rest)
        text, dollar, rest = rest[len(reference) :].partition("$")
        expanded += environ.get(name, f"${reference}") + text
    return expanded


def data_folder(environ: Mapping[str, str], cwd: str) -> str:
    """Return the folder of the sealed vault and the index: SHELLVAULT_HOME, else the platform's data folder.

    On Linux the answer is platformdirs', without the cost of its import; elsewhere platformdirs is asked.
    """
    if chosen := environ.get("SHELLVAULT_HOME"):
        return expand(chosen, environ, cwd)
    if not sys.platform.startswith("linux"):  # pragma: no cover - other systems
        from platformdirs import user_data_dir

        return user_data_dir("shellvault", appauthor=False)
    base = environ.get("XDG_DATA_HOME", "")
    if base[:1] != "/":  # XDG: ignore a relative path
        base = f"{home_folder(environ, cwd).rstrip('/')}/.local/share"
    return f"{base.rstrip('/')}/shellvault"


def personal_folder(environ: Mapping[str, str], cwd: str) -> str:
    """Return shellvault's folder below the user's home folder, whatever else the environment names."""
    return os.path.join(home_folder(environ, cwd), ".local/share/shellvault")


def find_panic_file(home: str) -> str:
    """Return where `panic` keeps what it has done, in shellvault's home."""
    return os.path.join(home, "panic")


def generated_folder(home: str) -> str:
    """Return the folder, in shellvault's home, of the config files that it generates."""
    return os.path.join(home, "profiles")


def find_config(path: str, environ: Mapping[str, str], cwd: str, home: str) -> str:
    """Return the config file that a path leads to; for a generated one, the user's file that it was made from."""
    path = expand(path, environ, cwd)
    if os.path.dirname(path) != generated_folder(home):
        return path
    try:
        with open(path, encoding="utf-8", errors="surrogateescape", opener=_open_own) as stream:
            return read_origin(stream.readline(_LONGEST_LINE)) or path
    except OSError:
        return path


def _open_own(path: str, _flags: int) -> int:
    return os.open(path, READING_OWN)


def read_origin(line: str) -> str:
    """Return the path in the first line of a generated file, or the empty string."""
    is_complete = line.startswith(GENERATED) and line.endswith("\n")
    return unquote_line(line.removeprefix(GENERATED).partition(" ")[2].rstrip("\n")) if is_complete else ""


def quote_line(path: str) -> str:
    """Return a path on one line."""
    return path.replace("%", "%25").replace("\n", "%0A").replace("\r", "%0D")


def unquote_line(text: str) -> str:
    """Return the path that `quote_line` was given."""
    return text.replace("%0D", "\r").replace("%0A", "\n").replace("%25", "%")


def _recorded_home() -> str:
    try:
        import pwd  # only where HOME is missing

        return pwd.getpwuid(os.getuid()).pw_dir
    except (ImportError, KeyError):  # Windows has no such database, and a container's may lack this user
        return os.path.expanduser("~")


def _leading_reference(text: str) -> tuple[str, str]:
    """Return what belongs to a reference whose `$` comes before `text`, and the name in it."""
    if text.startswith("{") and "}" in text:
        name = text[1 : text.index("}")]
        return f"{{{name}}}", name
    length = next((at for at, one in enumerate(text) if not (one.isascii() and (one.isalnum() or one == "_"))), None)
    return text[:length], text[:length]
