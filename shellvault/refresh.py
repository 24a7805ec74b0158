"""Renews the session that a shell holds, for the hook: within a time limit, and with the outcome told in the stamp."""

from __future__ import annotations

import os

from shellvault import environment
from shellvault.durations import seconds
from shellvault.errors import AwsUnreachableError, ShellvaultError, UsageError
from shellvault.model import StoredKey
from shellvault.stores import stamps

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import FrameType

    from shellvault.app import App
    from shellvault.environment import Changes
    from shellvault.grammar import Arguments

TIMEOUT = "10s"


def refresh(app: App, arguments: Arguments, failure: str) -> Changes:
    """Return what puts a newer session in the place of the one that this shell holds.

    `failure` is what stdout must hold when the time is over.

    Raises:
        UsageError: the shell holds no session, or credentials that somebody else put there.
        ShellvaultError: none could be had; the stamp says so too.
    """
    name = _held(app, arguments)
    stamp = stamps.path(app.environ, app.home, name)
    _limit(app, stamp, failure)
    try:
        chain = app.plan(name)
        if isinstance(chain.chain, StoredKey):
            raise UsageError(f"'{name}' has no session to renew", "shellvault env PROFILE")
        session = app.vault(chain).renewed(chain.chain)
    except ShellvaultError as error:
        stamps.failed(stamp, error.status)
        raise
    stamps.renewed(stamp, session)
    return environment.renew(app.environ, session)


def _held(app: App, arguments: Arguments) -> str:
    name = app.environ.get(environment.PROFILE, "")
    if arguments.first not in ("", name):
        raise UsageError("--refresh renews what this shell holds", f"shellvault env {arguments.first}")
    if not name:
        raise UsageError("there is no session in this shell to renew", "shellvault env PROFILE")
    if not environment.is_ours(app.environ):
        raise UsageError("the credentials in this shell were changed since", f"shellvault env {name}")
    return name


def _limit(app: App, stamp: str, failure: str) -> None:
    """End the process when SHELLVAULT_TIMEOUT is over, wherever it waits; locks end with it."""
    import _signal

    text = app.environ.get("SHELLVAULT_TIMEOUT") or TIMEOUT
    limit = seconds(text, "SHELLVAULT_TIMEOUT")

    def give_up(_number: int, _frame: FrameType | None) -> None:
        stamps.failed(stamp, AwsUnreachableError.status)
        os.write(2, f"error: no new session within {text}\n".encode())
        os.write(1, failure.encode())
        os._exit(AwsUnreachableError.status)

    _signal.signal(_signal.SIGALRM, give_up)
    _signal.setitimer(_signal.ITIMER_REAL, limit)
