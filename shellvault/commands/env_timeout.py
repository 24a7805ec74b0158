"""Credentials within a time limit, where nobody may be asked: a new session, or at least one that is still valid."""

from __future__ import annotations

from shellvault.core.errors import AwsUnreachableError
from shellvault.request import Answer
from shellvault.system.deadline import Deadline

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from shellvault.core.chain.links import Chain
    from shellvault.core.model import KeyPair, Session
    from shellvault.core.session_broker import Cache, SessionBroker


def credentials_in_time(
    limit: str,
    finish: Callable[[Answer], None],
    failure: str,
    chain: Chain,
    broker: SessionBroker,
    cache: Cache,
    write: Callable[[Session], str],
) -> Session | KeyPair:
    """Return a chain's credentials within the time limit.

    When the time is up, the command is finished: with the statements of a cached session that is still valid, or with
    `failure` on stdout.

    Args:
        limit: the time limit, as it was written.
        finish: gives an answer while the command is still running.
        failure: what stdout holds where there is no valid session.
        chain: leads to the session.
        broker: obtains it.
        cache: has the session that is still valid.
        write: returns the statements for it.
    """

    def give_up(reason: str) -> None:
        if cached := None if chain.stored_key else cache.get(chain.identity):
            finish(Answer(stdout=write(cached)))
        else:
            finish(Answer(AwsUnreachableError.status, failure, f"error: {reason}\n"))

    with Deadline(limit, give_up):
        return broker.credentials(chain)
