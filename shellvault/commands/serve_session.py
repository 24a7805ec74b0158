"""The session that programs ask for over HTTP: obtained anew each time, since config and vault may have changed."""

from __future__ import annotations

import time

from shellvault.core.errors import ShellvaultError, UsageError
from shellvault.storage import status_file

TYPE_CHECKING = False
if TYPE_CHECKING:
    from shellvault.app import App
    from shellvault.core.chain.resolve import ResolvedChain
    from shellvault.core.model import Session


def resolve_session(app: App, name: str) -> ResolvedChain:
    """Return the chain of a profile that has sessions.

    Raises:
        UsageError: it would give the key pair itself, which never leaves the vault this way.
        ShellvaultError: there is no such profile, or it is broken.
    """
    resolved = app.resolve(name)
    if resolved.chain.stored_key:
        raise UsageError("a key pair itself is not handed out over HTTP, only sessions", "leave out --no-session")
    return resolved


def obtain_session(app: App, name: str) -> Session:
    """Return a profile's session; the status file says what came of it, so that prompts can show it.

    Raises:
        ShellvaultError: there is none.
    """
    status = status_file.find_path(app.settings.home, name)
    try:
        resolved = resolve_session(app, name)
        session = app.with_current_keys(resolved, lambda it: app.broker(it).session(it.chain))
    except ShellvaultError as error:
        status_file.record_failure(status, error)
        raise
    if session.refresh_at > time.time():
        status_file.record_renewal(status, session)
    return session
