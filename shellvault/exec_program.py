"""Replaces this process with another program, with the signals and the environment that it expects.

A client of the agent loads this module and no other, so its annotations are quoted: see `agent_client`.
"""

import _signal
import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import NoReturn

    from shellvault.core.errors import ShellvaultError

_SET_BY_PYTHON = ("C.UTF-8", "C.utf8", "UTF-8")


def exec_program(argv: "Sequence[str]", environ: "Mapping[str, str]") -> "NoReturn":
    """Replace this process; its exit status and signals are the program's own from here on.

    `argv` is the program's name and its arguments, `environ` its whole environment. PATH is searched as
    `os.execvpe` does, which loads a module for that.

    Raises:
        OSError: there is no such program on PATH, or it may not be run.
    """
    _restore_signals()
    if hardening := sys.modules.get("shellvault.system.process_hardening"):  # not loaded: nothing to restore
        hardening.restore_limits()
    environ = original_locale(environ)
    failure: OSError = FileNotFoundError(argv[0])
    for path in _list_candidates(argv[0], environ):
        try:
            os.execve(path, [*argv], environ)  # noqa: S606 - no shell is the point
        except (FileNotFoundError, NotADirectoryError):
            continue
        except OSError as error:  # another folder may have one that runs
            failure = error if isinstance(failure, FileNotFoundError) else failure
    raise failure


def require_program(name: str, environ: "Mapping[str, str]") -> None:
    """Refuse a program that `exec_program` could not run, as far as that can be known beforehand.

    Raises:
        NoProgramError: there is none.
        NotExecutableError: it may not be run.
    """
    failure: OSError = FileNotFoundError(name)
    for path in filter(os.path.exists, _list_candidates(name, environ)):
        if os.access(path, os.X_OK) and not os.path.isdir(path):
            return
        failure = PermissionError(0, "Permission denied")
    raise explain_failure(name, failure)


def explain_failure(name: str, error: OSError) -> "ShellvaultError":
    """Return the error that says why a program could not be run."""
    from shellvault.core.errors import NoProgramError, NotExecutableError

    if isinstance(error, FileNotFoundError | NotADirectoryError):
        return NoProgramError(f"there is no program '{name}'", "check the command after --")
    return NotExecutableError(f"'{name}' cannot be run: {error.strerror}", "check its permissions")


def _restore_signals() -> None:
    """Undo what Python does to signals at its start: what is ignored stays so in the program that replaces us."""
    for name in ("SIGPIPE", "SIGXFSZ"):
        if number := getattr(_signal, name, None):
            _signal.signal(number, _signal.SIG_DFL)


def _list_candidates(name: str, environ: "Mapping[str, str]") -> list[str]:
    """Return the files that a program's name may stand for; none for an empty name, as from an unset variable."""
    if "/" in name or not name:
        return [name] if name else []
    return [os.path.join(folder, name) for folder in environ.get("PATH", os.defpath).split(os.pathsep)]


def original_locale(environ: "Mapping[str, str]") -> dict[str, str]:
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
