"""AWS credentials in the shell you are in, and never an access key in plaintext.

Python loads this file in any case, so it holds what every command does first: ask the agent to run it. If the agent
answers, the client loads no other module of ours than `__main__` (docs/decisions/0020-client-in-the-package.md).

A request is a length of four bytes and that many bytes: fields, each with a length of its own. The agent answers with
frames: a kind of one byte, a length, and that many bytes.

Annotations are quoted, because `from __future__ import annotations` would load a module too.
"""

import os
import sys

__version__ = "0.1.0"

TYPE_CHECKING = False
if TYPE_CHECKING:
    import _socket
    from collections.abc import Callable, Iterator, Mapping, Sequence

VERBS = frozenset(("__complete", "env", "exec", "export", "list", "ls", "status", "use"))
"""The commands that the agent runs."""

ALIVE, NOTICE, DONE, PROGRAM, DECLINED = b".", b"2", b"=", b"!", b"-"
"""The kinds of frames: a sign of life, text for stderr, an answer, a program to run, and "do it yourself"."""

SILENCE = 2.0  # seconds without a sign of life after which an agent counts as hung; it gives two each second
LONGEST_PATH = 104  # bytes of a socket's path, the terminating zero among them; Linux has four more

HOMES = {"SHELLVAULT_HOME": "", "XDG_DATA_HOME": "/shellvault", "HOME": "/.local/share/shellvault"}
_NAMESPACES = ("mnt", "pid", "user", "net")
_EVERY_AGENT = frozenset(("agent", "clear", "lend", "lock", "panic", "remove", "revoke", "rm"))  # even if it is off
_OWN_WORK = frozenset(("--debug", "--write", "--use-device-code"))  # this process has to handle these itself
_QUICK = 0.03  # seconds; a client that waits longer prepares for signals
_CHUNK = 1 << 16
hung: set[str] = set()  # sockets of agents that did not answer this command; nothing waits for them a second time


def find_socket(environ: "Mapping[str, str]", verb: "Sequence[str]" = ()) -> str:
    """Return the path of the socket of this version's agent for the vault that the environment names.

    It is the empty string if there can be none: without an absolute home, or where SHELLVAULT_AGENT is `off`, unless
    the first word of the command line, if any, is one that has to reach an agent all the same.
    """
    variable = next(filter(environ.get, HOMES), "HOME")
    home = environ.get(variable, "")
    is_off = environ.get("SHELLVAULT_AGENT") == "off" and _EVERY_AGENT.isdisjoint(verb)
    if home[:1] != "/" or is_off or not hasattr(os, "getuid"):
        return ""
    vault = home + HOMES[variable]
    try:  # however it is spelled: `lock` must reach its agent
        file = os.open(vault, os.O_PATH)
        try:
            vault = os.readlink(f"/proc/self/fd/{file}")
        finally:
            os.close(file)
    except (AttributeError, OSError):  # another system, or there is no vault yet
        vault = os.path.realpath(vault)
    name = f"{__version__}-{int.from_bytes(os.fsencode(vault)) % (2**61 - 1):x}"
    path = f"{find_folder(environ)}/{name}"
    return path if len(os.fsencode(path)) < LONGEST_PATH else f"{_temporary_folder({})}/{name}"


def find_folder(environ: "Mapping[str, str]") -> str:
    """Return the folder of what lives as long as a login; it need not exist."""
    uid = os.getuid()
    for folder in (environ.get("XDG_RUNTIME_DIR", ""), f"/run/user/{uid}"):
        try:
            if folder[:1] == "/" and os.lstat(folder).st_uid == uid:
                return f"{folder}/shellvault"
        except OSError:
            continue
    return _temporary_folder(environ)


def _temporary_folder(environ: "Mapping[str, str]") -> str:
    folder = environ.get("TMPDIR", "")
    return f"{folder.rstrip('/') if folder[:1] == '/' else '/tmp'}/shellvault-{os.getuid()}"  # noqa: S108 - 0700


def find_place() -> bytes:
    """Return an identifier of this process's view of the system.

    If two processes have the same one, they mean the same by paths, process ids, users and addresses. It differs if one
    of them runs in a container, or has another root folder or network. No process can read it from a protected one, so
    each sends its own.
    """
    try:
        root = os.stat("/")
        spaces = [os.readlink(f"/proc/self/ns/{kind}") for kind in _NAMESPACES]
    except OSError:  # there is no such thing here
        return b""
    return os.fsencode(f"{root.st_dev} {root.st_ino} {' '.join(spaces)}")


def pack(fields: "Sequence[bytes]") -> bytes:
    """Join fields into one byte string, each after its length."""
    return b"".join([len(field).to_bytes(4) + field for field in fields])


def unpack(data: bytes) -> list[bytes]:
    """Return the fields in packed data; fields that were cut off are missing."""
    fields, start = [], 0
    while len(data) >= start + 4:
        end = start + 4 + int.from_bytes(data[start : start + 4])
        fields.append(data[start + 4 : end])
        start = end
    return fields


def exchange(path: str, fields: "Sequence[bytes]", on_wait: "Callable[[], None]" = lambda: None) -> tuple[bytes, bytes]:
    """Send a request, show the notices that come back, and return kind and body of the last frame.

    The kind is `DECLINED` if there is no agent, or it does not answer. `on_wait` is called once if the answer takes a
    moment.
    """
    if not path or path in hung or (channel := connect(path)) is None:
        return DECLINED, b""
    try:
        if channel.fileno() <= 2:  # noqa: PLR2004 - where a stream of ours was closed
            return DECLINED, b""
        request = pack([__version__.encode(), find_place(), *fields])
        channel.sendall(len(request).to_bytes(4) + request)
        return _read_frames(channel, on_wait)
    except TimeoutError:
        hung.add(path)
    except OSError:  # it is gone
        pass
    finally:
        channel.close()
    return DECLINED, b""


def connect(path: str) -> "_socket.socket | None":
    """Return a connection to an agent of this user, if one listens."""
    from _socket import AF_UNIX, SOCK_STREAM, socket

    try:
        channel = socket(AF_UNIX, SOCK_STREAM)
    except OSError:  # too many open files
        return None
    try:
        channel.settimeout(SILENCE)
        channel.connect(path)
        if find_peer(channel)[1] == os.getuid():
            return channel
    except OSError:  # nobody listens
        pass
    channel.close()
    return None


def find_peer(channel: "_socket.socket") -> tuple[int, int]:
    """Return the process id, or 0 if the system does not tell, and the user id of the process at the other end."""
    if sys.platform == "linux":
        from _socket import SO_PEERCRED, SOL_SOCKET

        found = channel.getsockopt(SOL_SOCKET, SO_PEERCRED, 12)
        pid, uid = found[:4], found[4:8]
    else:  # pragma: no cover - other systems: LOCAL_PEERCRED, struct xucred
        pid, uid = b"", channel.getsockopt(0, 1, 76)[4:8]
    return int.from_bytes(pid, sys.byteorder), int.from_bytes(uid, sys.byteorder)


def _read_frames(channel: "_socket.socket", on_wait: "Callable[[], None]") -> tuple[bytes, bytes]:
    received = b""
    channel.settimeout(_QUICK)
    while True:
        try:
            chunk = channel.recv(_CHUNK)
        except TimeoutError:
            if channel.gettimeout() == SILENCE:
                raise
            on_wait()
            channel.settimeout(SILENCE)
            continue
        if not chunk:
            return DECLINED, b""
        received += chunk
        while len(received) >= 5 + (length := int.from_bytes(received[1:5])):
            kind, body, received = received[:1], received[5 : 5 + length], received[5 + length :]
            if kind == NOTICE:
                os.write(2, body)
            elif kind != ALIVE:
                return kind, body


def run_by_agent(
    words: "Sequence[str]", environ: "Mapping[bytes, bytes]", path: str, on_wait: "Callable[[], None]"
) -> tuple[bytes, list[bytes]]:
    """Let the agent run a command line; return the kind and the fields of its answer.

    The kind is `DONE` with status, stdout and stderr; `PROGRAM` with the number of arguments, these, and what to
    change in the environment, as `NAME=VALUE`, or `NAME` to unset it; or `DECLINED`: this process has to do it, and the
    agent has changed nothing. For `on_wait` see `exchange`.
    """
    is_theirs = path and words and words[0] in VERBS and _OWN_WORK.isdisjoint(words)
    if not is_theirs or sys.getfilesystemencoding() != "utf-8":  # an agent knows no other encoding
        return DECLINED, []
    try:
        cwd = os.fsencode(os.getcwd())
    except OSError:  # the folder was deleted
        return DECLINED, []
    streams = b"%d%d" % (os.isatty(1), os.isatty(2))
    about = [cwd, b"%d" % os.getppid(), streams, b"%d" % _columns(streams), b"%d" % len(words)]
    variables = [name + b"=" + value for name, value in environ.items()]
    kind, body = exchange(path, [b"run", b"\0".join([*about, *map(os.fsencode, words), *variables])], on_wait)
    return kind, body.split(b"\0") if kind == PROGRAM else unpack(body)


def _columns(streams: bytes) -> int:
    try:
        return os.get_terminal_size(1).columns if streams[:1] == b"1" else 0
    except OSError:
        return 0


def replace_process(argv: "list[bytes]", environ: "Mapping[bytes, bytes]") -> OSError:
    """Replace this process with a program, found on PATH as `os.execvpe` would; return the error if that fails.

    The program gets the usual actions of signals that Python ignores. `environ` must have no variable without a name.
    """
    import _signal

    for number in (_signal.SIGPIPE, _signal.SIGXFSZ):
        _signal.signal(number, _signal.SIG_DFL)
    failure: OSError = FileNotFoundError(argv[0])
    for file in find_files(argv[0], environ.get(b"PATH")):
        try:
            os.execve(file, argv, environ)  # noqa: S606 - no shell is the point
        except (FileNotFoundError, NotADirectoryError):
            continue
        except OSError as error:  # another folder may have one that runs
            failure = error if isinstance(failure, FileNotFoundError) else failure
    return failure


def find_files(name: bytes, path: bytes | None) -> "Iterator[bytes]":
    """Yield the files on PATH that a program's name may stand for; none for an empty name, as from an unset variable.

    A name with a slash is a file. `path` is None where PATH is unset.
    """
    if b"/" in name or not name:
        yield from [name] if name else []
        return
    for folder in (os.fsencode(os.defpath) if path is None else path).split(b":"):
        file = folder.rstrip(b"/") + b"/" + name if folder else name  # `os.path.join` takes longer than the system
        if os.access(file, os.F_OK):
            yield file
