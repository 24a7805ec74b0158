"""Runs a program of the person's that prints credentials or a token."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from shellvault.core.errors import AwsUnreachableError, UsageError
from shellvault.system import child_program

if TYPE_CHECKING:
    from collections.abc import Mapping

PATIENCE = 60  # seconds
MOST = 64 * 1024  # bytes


def run_credential_program(command: str, what: str, environ: Mapping[str, str], patience: float = PATIENCE) -> bytes:
    """Return what the program prints; its stderr goes to the person, and it may ask on the terminal.

    Args:
        command: words as a shell would split them; nothing else of a shell's language means anything.
        what: the program's part, for messages.
        environ: its environment.
        patience: seconds until it is ended.

    Raises:
        UsageError: it cannot be run.
        AwsUnreachableError: it failed, took too long, or printed too much.
    """
    try:
        done = child_program.run(shlex.split(command), patience=patience, most=MOST, environ=environ)
    except child_program.TooSlowError:
        raise _failed(f"{what} did not end within {patience:g} s") from None
    except child_program.TooMuchError:
        raise _failed(f"{what} printed more than {MOST // 1024} KiB") from None
    except (OSError, ValueError, IndexError) as error:
        reason = error.strerror if isinstance(error, OSError) else "its quotes are unbalanced, or it names no program"
        raise UsageError(f"{what} could not be run: {reason}", "mend it in the config file") from None
    if done.status:
        raise _failed(f"{what} failed with exit status {done.status}")
    return done.output


def _failed(message: str) -> AwsUnreachableError:
    return AwsUnreachableError(message, "run it by hand to see what is wrong")
