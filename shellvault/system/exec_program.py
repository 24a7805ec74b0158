"""Turns this process into another program, with the signals and the environment that it expects."""

from __future__ import annotations

import os
import signal

from shellvault.core.errors import ShellvaultError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import NoReturn

    from shellvault.commands import Program

_PYTHONS_CHOICE = ("C.UTF-8", "C.utf8", "UTF-8")


class NotFoundError(ShellvaultError):
    """There is no such program."""

    status = 127


class NotExecutableError(ShellvaultError):
    """The program is there, but cannot be run."""

    status = 126


def exec_program(program: Program) -> NoReturn:
    """Replace this process; its exit status and signals are the program's own from here on.

    Raises:
        NotFoundError: there is no such program on PATH.
        NotExecutableError: it may not be run.
    """
    for name in ("SIGPIPE", "SIGXFSZ"):  # Python ignores them, and what is ignored stays so across execve
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), signal.SIG_DFL)
    name = program.argv[0]
    not_found = NotFoundError(f"there is no program '{name}'", "check the command after --")
    if not name:  # an unset variable in the caller's script; Python would call it a bug
        raise not_found
    try:
        os.execvpe(name, program.argv, _as_given(program.environ))  # noqa: S606 - no shell is the point
    except (FileNotFoundError, NotADirectoryError):
        raise not_found from None
    except OSError as error:
        raise NotExecutableError(f"'{name}' cannot be run: {error.strerror}", "check its rights") from None


def _as_given(environ: Mapping[str, str]) -> dict[str, str]:
    """Return the environment with the LC_CTYPE that we were given: Python sets its own in the C locale (PEP 538)."""
    if environ.get("LC_ALL") or environ.get("LC_CTYPE") not in _PYTHONS_CHOICE:
        return dict(environ)
    given = _at_start("LC_CTYPE", environ["LC_CTYPE"])
    others = {name: value for name, value in environ.items() if name != "LC_CTYPE"}
    return others if given is None else {**others, "LC_CTYPE": given}


def _at_start(name: str, now: str) -> str | None:
    """Return a variable as this process got it, None: not at all; where the system does not tell, as it is now."""
    try:
        with open("/proc/self/environ", encoding="utf-8", errors="surrogateescape", newline="") as file:
            entries = file.read().split("\0")
    except OSError:
        return now
    return next((entry.partition("=")[2] for entry in entries if entry.startswith(f"{name}=")), None)
