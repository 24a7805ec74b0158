"""Turns this process into another program, with the signals and the environment that it expects."""

from __future__ import annotations

import os
import signal

from shellvault.errors import ShellvaultError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import NoReturn

    from shellvault.commands import Program


class NotFoundError(ShellvaultError):
    """There is no such program."""

    status = 127


class NotExecutableError(ShellvaultError):
    """The program is there, but cannot be run."""

    status = 126


def become(program: Program) -> NoReturn:
    """Replace this process; its exit status and signals are the program's own from here on.

    Raises:
        NotFoundError: there is no such program on PATH.
        NotExecutableError: it may not be run.
    """
    for name in ("SIGPIPE", "SIGXFSZ"):  # Python ignores them, and what is ignored stays so across execve
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), signal.SIG_DFL)
    name = program.argv[0]
    try:
        os.execvpe(name, program.argv, dict(program.environ))  # noqa: S606 - no shell is the point
    except (FileNotFoundError, NotADirectoryError):
        raise NotFoundError(f"there is no program '{name}'", "check the command after --") from None
    except OSError as error:
        raise NotExecutableError(f"'{name}' cannot be run: {error.strerror}", "check its rights") from None
