"""Runs a program of the person's that prints credentials or a token: no shell in between, bounded in time and size."""

from __future__ import annotations

import os
import selectors
import shlex
import subprocess
import time
from typing import TYPE_CHECKING

from shellvault.errors import AwsUnreachableError, UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping

PATIENCE = 60  # seconds
MOST = 64 * 1024  # bytes


def output(command: str, what: str, environ: Mapping[str, str], patience: float = PATIENCE) -> bytes:
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
    with _started(command, what, environ) as process:
        try:
            printed = _read(process, time.monotonic() + patience)
            status = process.wait(timeout=patience)
        except (TimeoutError, subprocess.TimeoutExpired):
            process.kill()
            raise AwsUnreachableError(
                f"{what} did not end within {patience:g} s", "run it by hand to see what is wrong"
            ) from None
        except BaseException:
            process.kill()
            raise
    if len(printed) > MOST:
        raise AwsUnreachableError(f"{what} printed more than {MOST // 1024} KiB", "run it by hand to see what is wrong")
    if status:
        raise AwsUnreachableError(f"{what} failed with exit status {status}", "run it by hand to see what is wrong")
    return printed


def _started(command: str, what: str, environ: Mapping[str, str]) -> subprocess.Popen[bytes]:
    try:
        words = shlex.split(command)
    except ValueError:
        raise UsageError(f"{what} has unbalanced quotes", "mend it in the config file") from None
    try:
        return subprocess.Popen(  # what waits on stdin is for the command that `exec` will run
            words, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, env=dict(environ)
        )
    except (OSError, ValueError, IndexError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it names no program"
        raise UsageError(f"{what} could not be run: {reason}", "mend it in the config file") from None


def _read(process: subprocess.Popen[bytes], deadline: float) -> bytes:
    """Return its output up to a byte more than it may print, and end it there.

    Raises:
        TimeoutError: the output did not end in time.
    """
    if process.stdout is None:
        return b""
    printed = b""
    file = process.stdout.fileno()
    with selectors.DefaultSelector() as selector:
        selector.register(file, selectors.EVENT_READ)
        while len(printed) <= MOST:
            if not selector.select(max(0, deadline - time.monotonic())):
                raise TimeoutError
            if not (chunk := os.read(file, MOST)):
                return printed
            printed += chunk
    process.kill()
    return printed
