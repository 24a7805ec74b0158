"""Renews the session that a shell holds, for the hook: within a time limit, and with the outcome told in the stamp."""

from __future__ import annotations

from shellvault.core import environment
from shellvault.core.chain.links import StoredKey
from shellvault.core.errors import AwsUnreachableError, ShellvaultError, UsageError, quote_word
from shellvault.storage import status_file
from shellvault.system.deadline import Deadline

TYPE_CHECKING = False
if TYPE_CHECKING:
    from shellvault.app import App
    from shellvault.argparser import Arguments
    from shellvault.core.environment import Changes
    from shellvault.core.model import Session

TIMEOUT = "10s"


def refresh_session(app: App, arguments: Arguments, failure: str) -> Changes:
    """Return what puts a newer session in the place of the one that this shell holds.

    `failure` is what stdout must hold when the time is over.

    Raises:
        UsageError: the shell holds no session, or credentials that somebody else put there.
        ShellvaultError: none could be had; the stamp says so too.
    """
    name = _held(app, arguments)
    stamp = status_file.path(app.environ, app.home, name)

    def tell() -> str:
        status_file.record_failure(stamp, AwsUnreachableError.status)
        return ""

    with Deadline(arguments.get("--timeout") or TIMEOUT, failure, tell):
        try:
            session = _renewed(app, name)
        except ShellvaultError as error:
            status_file.record_failure(stamp, error.status)
            raise
    status_file.record_renewal(stamp, session)
    return environment.renew(app.environ, session)


def _renewed(app: App, name: str) -> Session:
    plan = app.plan(name)
    if isinstance(plan.chain, StoredKey):
        raise UsageError(f"'{name}' has no session to renew", "shellvault env PROFILE")
    return app.vault(plan).renewed(plan.chain)


def _held(app: App, arguments: Arguments) -> str:
    name = app.environ.get(environment.PROFILE, "")
    if arguments.first not in ("", name):
        raise UsageError("--refresh renews what this shell holds", f"shellvault env {quote_word(arguments.first)}")
    if not name:
        raise UsageError("there is no session in this shell to renew", "shellvault env PROFILE")
    if not environment.is_ours(app.environ):
        raise UsageError("the credentials in this shell were changed since", f"shellvault env {quote_word(name)}")
    return name
