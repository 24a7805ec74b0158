"""Credentials within a time limit, where nobody may be asked: a new session, or at least one that is still valid."""

from __future__ import annotations

from shellvault.system.deadline import Deadline

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from shellvault.core.chain.links import Chain
    from shellvault.core.model import KeyPair, Session
    from shellvault.core.session_broker import Cache, SessionBroker


def credentials_in_time(
    limit: str, failure: str, chain: Chain, broker: SessionBroker, cache: Cache, write: Callable[[Session], str]
) -> Session | KeyPair:
    """Return a chain's credentials within the time limit.

    When the time is up, the process ends: with the statements of a cached session that is still valid, or with
    `failure` on stdout.

    Args:
        limit: the time limit, as it was written.
        failure: what stdout holds where there is no valid session.
        chain: leads to the session.
        broker: obtains it.
        cache: has the session that is still valid.
        write: returns the statements for it.
    """

    def write_valid() -> str:
        cached = None if chain.stored_key else cache.get(chain.identity)
        return write(cached) if cached else ""

    with Deadline(limit, failure, write_valid):
        return broker.credentials(chain)
