"""Replaces this process by another program, with the signals and the environment that it expects."""

from __future__ import annotations

import os

from shellvault.core.errors import ShellvaultError
from shellvault.system.exit_signals import restore_defaults
from shellvault.system.process_hardening import read_environment, restore_limits

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import NoReturn, Protocol

    class Executable(Protocol):
        """A program to run: its arguments and its whole environment."""

        @property
        def argv(self) -> Sequence[str]:
            """The arguments; the first one names the program."""

        @property
        def environ(self) -> Mapping[str, str]:
            """The environment."""


_SET_BY_PYTHON = ("C.UTF-8", "C.utf8", "UTF-8")


class NotFoundError(ShellvaultError):
    """There is no such program."""

    status = 127


class NotExecutableError(ShellvaultError):
    """The program exists, but cannot be run."""

    status = 126


def exec_program(program: Executable) -> NoReturn:
    """Replace this process; its exit status and signals are the program's own from here on.

    Raises:
        NotFoundError: there is no such program on PATH.
        NotExecutableError: it may not be run.
    """
    restore_defaults()
    restore_limits()
    name = program.argv[0]
    not_found = NotFoundError(f"there is no program '{name}'", "check the command after --")
    if not name:  # an unset variable in the caller's script; execvpe would raise ValueError
        raise not_found
    try:
        os.execvpe(name, [*program.argv], _original_locale(program.environ))  # noqa: S606 - no shell is the point
    except (FileNotFoundError, NotADirectoryError):
        raise not_found from None
    except OSError as error:
        raise NotExecutableError(f"'{name}' cannot be run: {error.strerror}", "check its permissions") from None


def _original_locale(environ: Mapping[str, str]) -> dict[str, str]:
    """Return the environment with the LC_CTYPE that we were given: Python sets its own in the C locale (PEP 538)."""
    if environ.get("LC_ALL") or environ.get("LC_CTYPE") not in _SET_BY_PYTHON:
        return dict(environ)
    original = _read_original("LC_CTYPE", environ["LC_CTYPE"])
    others = {name: value for name, value in environ.items() if name != "LC_CTYPE"}
    return others if original is None else {**others, "LC_CTYPE": original}


def _read_original(name: str, now: str) -> str | None:
    """Return a variable as this process was given it, None if it was unset; `now` where the system does not tell."""
    given = read_environment().decode("utf-8", "surrogateescape")
    if not given:
        return now
    return next((entry.partition("=")[2] for entry in given.split("\0") if entry.startswith(f"{name}=")), None)
