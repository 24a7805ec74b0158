"""Replaces this process with another program, with the signals and the environment that it expects.

On Windows, where no process can be replaced, this one waits for the program, and ends as it did.
"""

from __future__ import annotations

import errno
import os
import sys

from shellvault import find_files, replace_process

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import NoReturn

    from shellvault.core.errors import ShellvaultError

_SET_BY_PYTHON = ("C.UTF-8", "C.utf8", "UTF-8")
_IS_WINDOWS = sys.platform == "win32"
_USUAL_ENDS = ".COM;.EXE;.BAT;.CMD"
_LARGEST_STATUS = (1 << 31) - 1
_REMEDIES = {
    errno.E2BIG: "shorten its arguments, or the environment",
    errno.ENOEXEC: "give it a first line such as #!/bin/sh, or name the program that runs it: sh FILE",
}


def exec_program(argv: Sequence[str], environ: Mapping[str, str]) -> NoReturn:
    """Replace this process; its exit status and signals are the program's own from here on.

    `argv` is the program's name and its arguments, `environ` its whole environment.

    Raises:
        OSError: there is no such program on PATH, or it may not be run.
    """
    if hardening := sys.modules.get("shellvault.system.process_hardening"):  # not loaded: nothing to restore
        hardening.restore_limits()
    environ = original_locale(environ)
    if _IS_WINDOWS:
        _run_program([_find_program(argv[0], environ), *argv[1:]], environ)
    variables = {os.fsencode(name): os.fsencode(value) for name, value in environ.items() if name}
    raise replace_process([os.fsencode(word) for word in argv], variables)


def _run_program(argv: Sequence[str], environ: Mapping[str, str]) -> NoReturn:
    """Run a program to its end, and end this process with the same exit status; Ctrl-C is for the program alone."""
    import subprocess

    from shellvault.system.signals import DeferInterrupt

    with DeferInterrupt(), subprocess.Popen(argv, env=environ) as process:
        status = process.wait()
    os._exit(status if status <= _LARGEST_STATUS else status - (1 << 32))  # `_exit` takes a signed number


def require_program(name: str, environ: Mapping[str, str]) -> str:
    """Return the file of a program; refuse one that `exec_program` could not run, as far as that is known beforehand.

    Raises:
        NoProgramError: there is none.
        NotExecutableError: it may not be run.
    """
    try:
        return _find_program(name, environ)
    except OSError as error:
        raise explain_failure(name, error) from None


def explain_failure(name: str, error: OSError) -> ShellvaultError:
    """Return the error that says why a program could not be run."""
    from shellvault.core.errors import NoProgramError, NotExecutableError

    if isinstance(error, FileNotFoundError | NotADirectoryError):
        return NoProgramError(f"there is no program '{name}'", "check the command after --")
    remedy = _REMEDIES.get(error.errno or 0, "check its permissions")
    return NotExecutableError(f"'{name}' cannot be run: {error.strerror}", remedy)


def _find_program(name: str, environ: Mapping[str, str]) -> str:
    failure: OSError = FileNotFoundError(name)
    for path in filter(os.path.exists, _list_candidates(name, environ)):
        if os.access(path, os.X_OK) and not os.path.isdir(path):
            return path
        failure = PermissionError(0, "Permission denied")
    raise failure


def _list_candidates(name: str, environ: Mapping[str, str]) -> list[str]:
    """Return the files that a program's name may stand for; none for an empty name, as from an unset variable."""
    if not _IS_WINDOWS:
        path = os.fsencode(environ["PATH"]) if "PATH" in environ else None
        return [os.fsdecode(file) for file in find_files(os.fsencode(name), path)]
    ends = _list_ends(name, environ)
    if os.path.dirname(name) or not name:
        return [name + end for end in ends] if name else []
    folders = environ.get("PATH", os.defpath).split(os.pathsep)
    return [os.path.join(folder, name + end) for folder in folders for end in ends if folder]


def _list_ends(name: str, environ: Mapping[str, str]) -> list[str]:
    """Return the endings that Windows tries for a program's name; none if it already has one."""
    ends = (environ.get("PATHEXT") or _USUAL_ENDS).lower().split(";")
    return [""] if os.path.splitext(name)[1].lower() in ends else ends


def original_locale(environ: Mapping[str, str]) -> dict[str, str]:
    """Return the environment with the LC_CTYPE that we were given: Python sets its own in the C locale (PEP 538)."""
    if environ.get("LC_ALL") or environ.get("LC_CTYPE") not in _SET_BY_PYTHON:
        return dict(environ)
    original = _read_original("LC_CTYPE", environ["LC_CTYPE"])
    others = {name: value for name, value in environ.items() if name != "LC_CTYPE"}
    return others if original is None else {**others, "LC_CTYPE": original}


def _read_original(name: str, now: str) -> str | None:
    """Return a variable as this process was given it, None if it was unset; `now` if the system does not say."""
    from shellvault.system.process_hardening import read_environment  # rarely needed

    given = read_environment().decode("utf-8", "surrogateescape")
    if not given:
        return now
    return next((entry.partition("=")[2] for entry in given.split("\0") if entry.startswith(f"{name}=")), None)
