"""Makes the interpreter that imports it look as on Windows; see `tests.platforms.windows`. No test imports it.

What Windows lacks is taken away: modules, functions, flags, signals, error numbers, Unix sockets, users, permissions
and /proc. What is different there is different here: `select` takes sockets only, a process is not replaced but ended,
`os.kill` ends a process whatever the signal, an open file cannot be removed or replaced, a folder cannot be opened, and
what is read and written by a descriptor is text unless that was opened with O_BINARY. The paths are still those of
Linux. Modules of the standard library that look at the platform when they are imported are imported before it changes.
"""

from __future__ import annotations

import _ctypes
import _signal
import _socket
import asyncio
import builtins
import concurrent.futures.thread
import ctypes.util
import errno
import fcntl
import multiprocessing.connection
import os
import platform
import posixpath
import select
import selectors
import shutil
import signal
import socket
import ssl
import stat
import subprocess
import sys
import tempfile
import termios
import time
import urllib.request
import uuid
import webbrowser
from itertools import chain
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any, cast

from tests.platforms import CONSOLE, KEYS, SHELL

if TYPE_CHECKING:
    from collections.abc import Callable

IMPORTED_EARLY = (
    *(asyncio, concurrent.futures.thread, ctypes.util, multiprocessing.connection, shutil, ssl),
    *(tempfile, urllib.request, uuid, webbrowser, platform.uname()),
)
_MODULES = "ctypes fcntl grp pty pwd readline resource syslog termios tty _curses curses posix nis spwd crypt"
_OS = """
O_ASYNC O_CLOEXEC O_DIRECT O_DIRECTORY O_DSYNC O_NDELAY O_NOATIME O_NOCTTY O_NOFOLLOW O_NONBLOCK O_PATH O_RSYNC O_SYNC
O_TMPFILE chown confstr ctermid environb fchdir fchmod fchown fdatasync fork forkpty get_blocking getegid
getenvb geteuid getgid getgrouplist getgroups getloadavg getpgid getpgrp getpriority getrandom getresuid getsid getuid
getxattr killpg lchown listxattr lockf login_tty memfd_create mkfifo mknod nice openpty pathconf pidfd_open pipe2
posix_spawn posix_spawnp pread preadv pwrite pwritev register_at_fork removexattr sched_getaffinity sendfile
set_blocking setegid seteuid setgid setgroups setpgid setsid setuid setxattr statvfs sync sysconf tcgetpgrp tcsetpgrp
ttyname uname wait wait3 wait4 waitid writev
"""
_SIGNALS = """
ITIMER_REAL SIGALRM SIGBUS SIGCHLD SIGCLD SIGCONT SIGHUP SIGIO SIGIOT SIGKILL SIGPIPE SIGPOLL SIGPROF SIGPWR SIGQUIT
SIGSTOP SIGSYS SIGTRAP SIGTSTP SIGTTIN SIGTTOU SIGURG SIGUSR1 SIGUSR2 SIGVTALRM SIGWINCH SIGXCPU SIGXFSZ SIG_BLOCK
SIG_SETMASK SIG_UNBLOCK alarm getitimer pause pthread_kill pthread_sigmask setitimer siginterrupt sigpending sigwait
"""
_SOCKETS = "AF_UNIX AF_NETLINK SCM_RIGHTS SO_PEERCRED MSG_DONTWAIT MSG_NOSIGNAL SO_REUSEPORT socketpair"
_OTHERS = (
    *((errno, name) for name in ("EKEYEXPIRED", "EKEYREJECTED", "EKEYREVOKED", "ENOKEY", "ENONET", "ENOTUNIQ")),
    *((select, name) for name in ("epoll", "poll", "PIPE_BUF", "POLLIN", "POLLOUT")),
    *((time, name) for name in ("clock_gettime", "clock_gettime_ns", "tzset")),
    *((time, name) for name in dir(time) if name.startswith("CLOCK_")),
    *((_ctypes, name) for name in ("dlopen", "dlsym")),
)
_PROC = "/proc"
_BINARY, _NONBLOCKING = os.O_LARGEFILE or 0x8000, os.O_NONBLOCK
_NOT_A_SOCKET = 10038  # WSAENOTSOCK
_KILL = 9
_texts: set[int] = set()  # descriptors that were opened without O_BINARY
_plain = {name: getattr(os, name) for name in ("open", "close", "kill", "listdir", "fstat", "lstat", "readlink")}


def _hide(event: str, arguments: tuple[Any, ...]) -> None:
    """Let nobody open what is in /proc, or a console where the test gives none."""
    if event == "open" and isinstance(path := arguments[0], str):
        if path == CONSOLE and KEYS not in os.environ:
            raise OSError(errno.EINVAL, "the handle is invalid", path)
        _require_seen(path)


def _require_seen(path: object) -> None:
    if isinstance(path, str) and (path == _PROC or path.startswith(f"{_PROC}/")):
        raise FileNotFoundError(errno.ENOENT, "there is no such file on Windows", path)


def _unseeing(call: Callable[..., Any]) -> Callable[..., Any]:
    """Return a call that finds nothing in /proc."""

    def look(path: object = ".", *more: Any, **options: Any) -> Any:
        _require_seen(path)
        return call(path, *more, **options)

    return look


def _changing(call: Callable[..., Any]) -> Callable[..., Any]:
    """Return a call that takes a name from files, which works only while this process has none of them open."""

    def change(*paths: Any, **options: Any) -> Any:
        found = [_plain["lstat"](path) for path in paths if os.path.lexists(path)]
        for file in map(int, _plain["listdir"](f"{_PROC}/self/fd")):
            try:
                is_open = any(os.path.samestat(_plain["fstat"](file), each) for each in found)
            except OSError:  # the one that listed the folder
                continue
            if is_open:
                raise PermissionError(errno.EACCES, "another process uses the file", *paths[:1])
        return call(*paths, **options)

    return change


def _open(path: Any, flags: int, mode: int = 0o777, **options: Any) -> int:
    """Open a file, which everybody may read as far as Python can tell; a folder cannot be opened."""
    if Path(path).is_dir():
        raise PermissionError(errno.EACCES, "Permission denied", path)
    file: int = _plain["open"](path, flags, mode | 0o666, **options)
    if not flags & _BINARY:
        _texts.add(file)
    return file


def _close(file: int) -> None:
    _texts.discard(file)
    _plain["close"](file)


def _as_text(call: Callable[..., Any]) -> Callable[..., Any]:
    """Return a call on a descriptor that refuses one whose line endings Windows would translate."""

    def transfer(file: int, *arguments: Any) -> Any:
        if file in _texts and stat.S_ISREG(_plain["fstat"](file).st_mode):
            raise AssertionError("read or written by a descriptor that was opened as text")
        return call(file, *arguments)

    return transfer


def _select(reading: Any, writing: Any, failing: Any, timeout: float | None = None) -> Any:
    """Wait for sockets, and for nothing else."""
    for each in chain(reading, writing, failing):
        file = each if isinstance(each, int) else each.fileno()
        if not stat.S_ISSOCK(_plain["fstat"](file).st_mode):
            raise OSError(_NOT_A_SOCKET, "an operation was attempted on something that is not a socket")
    return _SELECT(reading, writing, failing, timeout)


def _replace_process(*_arguments: Any) -> None:
    """End this process at once, while the program that was started goes on: its status never reaches the caller."""
    os._exit(0)


def _kill(pid: int, _number: int) -> None:
    _plain["kill"](pid, _KILL)


def _lock(file: int, _mode: int, _count: int) -> None:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise PermissionError(errno.EACCES, "Permission denied") from None


def _get_key() -> str:
    """Return the next key; each line is typed when somebody waits for it."""
    key, os.environ[KEYS] = os.environ[KEYS][0], os.environ[KEYS][1:]
    if key == "\r":
        _waits.clear()
    return key


def _sleep(seconds: float) -> None:
    _waits.append(seconds)
    _SLEEP(seconds)


def _open_stream(file: Any, mode: str = "r", *more: Any, **options: Any) -> Any:
    """Open a file; what is written to the console stays there."""
    return _OPEN(file, "a" if file == CONSOLE else mode, *more, **options)


def _peek(file: int, _size: int) -> tuple[int, int]:
    """Return how many bytes are in a pipe."""
    count = int.from_bytes(fcntl.ioctl(file, termios.FIONREAD, bytes(4)), sys.byteorder)
    if not count and _SELECT([file], [], [], 0)[0]:
        raise BrokenPipeError(errno.EPIPE, "the pipe has been ended")
    return count, 0


def _set_wakeup(file: int, **options: bool) -> int:
    """Set the pipe that signals write to; it must be non-blocking, except on Windows."""
    if file >= 0:
        fcntl.fcntl(file, fcntl.F_SETFL, fcntl.fcntl(file, fcntl.F_GETFL) | _NONBLOCKING)
    before: int = _WAKE(file, **options)
    return before


def _expand_user(path: str) -> str:
    return os.environ["USERPROFILE"] + path[1:] if path == "~" or path[:2] == "~/" else path


_SELECT, _SLEEP, _OPEN, _WAKE = select.select, time.sleep, open, _signal.set_wakeup_fd
_waits: list[float] = []  # since the last line was typed
_msvcrt, _shellingham, _winapi = (ModuleType(name) for name in ("msvcrt", "shellingham.posix", "_winapi"))
for _module, _name, _value in (
    (_msvcrt, "LK_NBLCK", 2),
    (_msvcrt, "locking", _lock),
    (_msvcrt, "getwch", _get_key),
    (_msvcrt, "get_osfhandle", lambda file: file),
    (_winapi, "PeekNamedPipe", _peek),
    (_signal, "set_wakeup_fd", _set_wakeup),
    (_msvcrt, "kbhit", lambda: bool(_waits and os.environ.get(KEYS))),
    (os, "O_BINARY", _BINARY),
    (os, "open", _open),
    (os, "close", _close),
    *((os, each, _as_text(getattr(os, each))) for each in ("read", "write")),
    *((os, each, _unseeing(getattr(os, each))) for each in ("listdir", "lstat", "readlink", "scandir", "stat")),
    *((os, each, _changing(getattr(os, each))) for each in ("remove", "rename", "replace", "unlink")),
    *((os, each, _replace_process) for each in ("execv", "execve", "execvp", "execvpe")),
    (os, "kill", _kill),
    (os, "chmod", lambda *_arguments, **_options: None),
    (os, "mkdir", lambda path, *_mode, call=os.mkdir: call(path, 0o777)),
    (os, "getlogin", lambda: "alice"),
    (posixpath, "expanduser", _expand_user),
    (_shellingham, "get_shell", lambda *_pid, **_most: (os.environ[SHELL], "") if SHELL in os.environ else None),
    (select, "select", _select),
    (selectors, "DefaultSelector", selectors.SelectSelector),
    (selectors.SelectSelector, "_select", lambda _self, *arguments: _select(*arguments)),
    (time, "sleep", _sleep),
    (builtins, "open", _open_stream),
    (subprocess.Popen, "kill", subprocess.Popen.terminate),
    (sys, "platform", "win32"),
):
    setattr(_module, _name, _value)
sys.modules |= {"msvcrt": _msvcrt, "shellingham.posix": _shellingham, "_winapi": _winapi}
cast("dict[str, Any]", sys.modules).update(dict.fromkeys(_MODULES.split()))
for _module, _name in (
    *((os, each) for each in _OS.split()),
    *((module, each) for module in (signal, _signal) for each in _SIGNALS.split()),
    *((module, each) for module in (socket, _socket) for each in _SOCKETS.split()),
    *_OTHERS,
):
    if hasattr(_module, _name):
        delattr(_module, _name)
os.umask(0)
sys.addaudithook(_hide)
