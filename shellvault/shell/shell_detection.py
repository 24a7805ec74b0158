"""Finds the shell that will read our output: the nearest one among the callers, not the `$SHELL` of the login."""

from __future__ import annotations

import os

_SHELLS = {
    "ash": "ash",
    "bash": "bash",
    "csh": "csh",
    "dash": "dash",
    "elvish": "elvish",
    "fish": "fish",
    "ksh": "ksh",
    "lksh": "mksh",
    "mksh": "mksh",
    "nu": "nu",
    "oksh": "ksh",
    "pdksh": "ksh",
    "powershell": "powershell",
    "pwsh": "pwsh",
    "rbash": "bash",
    "rksh": "ksh",
    "rzsh": "zsh",
    "sh": "sh",
    "tcsh": "tcsh",
    "xonsh": "xonsh",
    "yash": "yash",
    "zsh": "zsh",
}
"""Program name to shell; restricted and renamed builds share the language of their parent."""

_VERSION = "0123456789.-_+um"  # as in bash-5.2, zsh5, ksh93, ksh93u+m
_LEVELS = 10
_ODD_PROCESS = (TypeError, LookupError, ValueError)
"""What shellingham raises at an ancestor without a command line, such as a kernel's thread."""
_ENOUGH = 4096  # bytes; the relevant parts of both files are far shorter


def detect_shell(pid: int) -> str | None:
    """Return the name of the nearest shell from this process upwards, or None."""
    return _find_ancestor(pid) or _ask_shellingham(pid)


def shell_named(program: str) -> str | None:
    """Return the shell that a program name means: `-bash` and `bash-5.2` are bash, `python` is none."""
    name = program.lstrip("-.").removesuffix("-wrapped")
    return _SHELLS.get(name) or _SHELLS.get(name.rstrip(_VERSION))


def _find_ancestor(pid: int) -> str | None:
    for _ in range(_LEVELS):
        parent, program = _process(pid)
        shell = shell_named(program) or _find_interpreter(pid)
        if shell or parent == 0:  # not 1: a container's shell may be process 1 itself
            return shell
        pid = parent
    return None


def _process(pid: int) -> tuple[int, str]:
    """Return a process's parent and its name; (0, "") where /proc has neither."""
    head, bracket, tail = _read(f"/proc/{pid}/stat").rpartition(")")  # the name may contain brackets and spaces
    if not bracket:
        return 0, ""
    return int(tail.split()[1]), head.partition("(")[2]


def _find_interpreter(pid: int) -> str | None:
    """Return the shell behind a script, which carries the script's name but runs the shell's file."""
    try:
        program = os.readlink(f"/proc/{pid}/exe")
    except OSError:  # another user's process (sudo), or no such thing here
        return None
    program = os.path.basename(program.removesuffix(" (deleted)"))
    return _find_applet(pid) if program == "busybox" else shell_named(program)


def _find_applet(pid: int) -> str | None:
    """Return the shell that busybox runs as: all its programs are one file."""
    first, _, rest = _read(f"/proc/{pid}/cmdline").partition("\0")
    asked = rest.partition("\0")[0] if first.endswith("busybox") else first
    return shell_named(asked.rpartition("/")[2])


def _read(path: str) -> str:
    try:
        handle = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return ""
    try:
        return os.read(handle, _ENOUGH).decode("utf-8", "replace")
    except OSError:  # the process has ended
        return ""
    finally:
        os.close(handle)


def _ask_shellingham(pid: int) -> str | None:
    """Ask shellingham, which also works without /proc, at twenty times the cost."""
    from shellingham import ShellDetectionFailure, detect_shell

    try:
        found: str = detect_shell(pid)[0]
    except (ShellDetectionFailure, OSError, RuntimeError, *_ODD_PROCESS):  # no shell; or neither /proc nor ps
        return None
    return shell_named(found)
