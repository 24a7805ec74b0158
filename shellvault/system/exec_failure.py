"""Explains why a program could not be run, with the exit statuses that shells give such failures."""

from __future__ import annotations

from shellvault.core.errors import ShellvaultError

_MISSING = (FileNotFoundError, NotADirectoryError)


class NotFoundError(ShellvaultError):
    """There is no such program."""

    status = 127


class NotExecutableError(ShellvaultError):
    """The program exists, but cannot be run."""

    status = 126


def explain_failure(name: str, error: OSError) -> ShellvaultError:
    """Return the error for a program that the system did not run."""
    if isinstance(error, _MISSING):
        return NotFoundError(f"there is no program '{name}'", "check the command after --")
    return NotExecutableError(f"'{name}' cannot be run: {error.strerror}", "check its permissions")
