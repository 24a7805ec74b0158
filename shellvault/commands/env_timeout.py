"""Credentials within a time limit, without asking anyone: a new session, or at least one that is still valid."""

from __future__ import annotations

from shellvault.core.errors import AwsUnreachableError
from shellvault.request import Answer
from shellvault.system.deadline import Deadline

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from shellvault.app import App
    from shellvault.core.chain.resolve import ResolvedChain
    from shellvault.core.model import KeyPair, Session


def credentials_in_time(
    app: App, resolved: ResolvedChain, failure: str, write: Callable[[Session], str]
) -> Session | KeyPair:
    """Return a chain's credentials within the time limit of the settings.

    When the time is up, the command ends with the statements that `write` returns for a cached session that is still
    valid, or else with `failure` on stdout.
    """
    chain, cache, finish = resolved.chain, app.storage.session_cache(), app.request.terminal.finish

    def give_up(reason: str) -> None:
        if cached := None if chain.stored_key else cache.get(chain.identity):
            finish(Answer(stdout=write(cached)))
        else:
            finish(Answer(AwsUnreachableError.status, failure, f"error: {reason}\n"))

    with Deadline(app.settings.timeout, give_up):
        return app.credentials(resolved)
