"""Finds the shell that will read our output: the nearest one among the callers, not the `$SHELL` of the login.

One that we do not know counts too: what is around it would get statements that it cannot read.
"""

from __future__ import annotations

import os

from shellvault.shell.dialects import respell
from shellvault.system.paths import READING

_SHELLS = {
    "ash": "ash",
    "bash": "bash",
    "csh": "tcsh",  # on macOS and FreeBSD; elsewhere the program's file decides
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
    "pwsh-lts": "pwsh",
    "pwsh-preview": "pwsh",
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

_OTHERS = frozenset(("es", "ion", "murex", "rc", "rc.byron"))
"""Shells without a dialect; like these, every other program whose name ends in `sh` is taken for one."""

CMD = "cmd"
"""The shell of Windows, which evaluates nothing that a program prints; elsewhere, no shell has this name."""

_VERSION = "0123456789.-_+um"  # as in bash-5.2, zsh5, ksh93, ksh93u+m
_LEVELS = 10
_ODD_PROCESS = (TypeError, LookupError, ValueError)
"""What shellingham raises at an ancestor without a command line, such as a kernel's thread."""
_ENOUGH = 4096  # bytes; the relevant parts of both files are far shorter


def detect_shell(pid: int) -> str | None:
    """Return the name of the nearest shell from this process upwards, or None.

    It may be a shell for which there is no dialect.
    """
    return _find_ancestor(pid) or _ask_shellingham(pid)


def respell_for(pid: int, text: str) -> str:
    """Return a text for the user of a shell, with POSIX's lines that evaluate output as that shell needs them."""
    return respell(text, detect_shell(pid) or "") if "eval" in text else text


def shell_named(program: str) -> str | None:
    """Return the shell that a program name means: `-bash` and `bash-5.2` are bash, `python` is none."""
    name = program.lstrip("-.").removesuffix("-wrapped").removesuffix("-static")
    return _SHELLS.get(name) or _SHELLS.get(name.rstrip(_VERSION))


def _find_ancestor(pid: int) -> str | None:
    for _ in range(_LEVELS):
        parent, program = _process(pid)
        shell = shell_named(program)
        if not shell or program == "csh":  # a link to tcsh, or to BSD's, whose language is another one
            shell = _find_interpreter(pid, program)
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


def _find_interpreter(pid: int, program: str) -> str | None:
    """Return the shell behind a script, which carries the script's name but runs the shell's file."""
    try:
        path = os.readlink(f"/proc/{pid}/exe")
    except OSError:  # another user's process (sudo), or no such thing here
        return shell_named(program)
    program = os.path.basename(path.removesuffix(" (deleted)"))
    if program == "busybox":
        return _find_applet(pid)
    if program.startswith(("python", "pypy")):
        return _find_python_shell(pid)
    is_unknown_shell = program in _OTHERS or program.rstrip(_VERSION).endswith("sh")
    return shell_named(program) or (program if is_unknown_shell else None)


def _find_python_shell(pid: int) -> str | None:
    """Return the shell that Python runs: by its file, as `xonsh` and `python3 -m xonsh` do."""
    words = iter(_read(f"/proc/{pid}/cmdline").split("\0")[1:])
    script = next((word for word in words if word[:1] != "-" or word == "-m"), "")
    name = next(words, "") if script == "-m" else script.rpartition("/")[2]
    return "xonsh" if name == "xonsh" else None


def _find_applet(pid: int) -> str | None:
    """Return the shell that busybox runs as: all its programs are one file."""
    first, _, rest = _read(f"/proc/{pid}/cmdline").partition("\0")
    asked = rest.partition("\0")[0] if first.endswith("busybox") else first
    return shell_named(asked.rpartition("/")[2])


def _read(path: str) -> str:
    try:
        handle = os.open(path, READING)
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
    return found if found == CMD else shell_named(found)
