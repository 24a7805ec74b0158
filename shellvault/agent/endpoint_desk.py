"""Answers the endpoint's requests from its claims and sessions. Everything here runs in the endpoint's loop."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from shellvault.agent.credential_answers import explain, give, refuse
from shellvault.agent.http_rules import NOTHING_HERE, OTHER_USER, WRONG_TOKEN, read_headers, read_port, refuse_host
from shellvault.core.errors import ShellvaultError
from shellvault.system.loopback_sockets import find_owner, is_trusted_owner
from shellvault.system.socket_diag import ask_owner

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from shellvault.agent.claim_table import ClaimTable, OpenClaim
    from shellvault.agent.claims import Claim
    from shellvault.agent.credential_answers import HttpReply
    from shellvault.agent.http_connection import Asked, HttpConnection
    from shellvault.agent.shared_sessions import Outcome, SharedSessions
    from shellvault.core.model import Session

MOST_CONNECTIONS = 512


class EndpointDesk:
    """Keeps track of the connections, and answers their requests; `on_give` is called when a claim gets a session."""

    def __init__(
        self, claims: ClaimTable, sessions: SharedSessions, on_give: Callable[[Claim, Session], object]
    ) -> None:
        self._on_give = on_give
        self._claims = claims
        self._sessions = sessions
        self._connections: dict[HttpConnection, bool | None] = {}
        """Whether each connection's peer is this user; None until that has been checked."""

    def opened(self, connection: HttpConnection) -> None:
        """Record a connection; if there are too many, close the oldest idle one, or this one if none is idle."""
        self._connections[connection] = None
        if len(self._connections) > MOST_CONNECTIONS:
            next((each for each in self._connections if each.is_waiting), connection).abort()

    def closed(self, connection: HttpConnection) -> None:
        """Forget a connection."""
        self._connections.pop(connection, None)

    def close_all(self) -> None:
        """End every connection."""
        for each in list(self._connections):
            each.abort()

    def answer(self, connection: HttpConnection, asked: Asked) -> HttpReply | Coroutine[None, None, HttpReply]:
        """Return the reply to a well-formed request, or a coroutine for it if it needs a session or a slow look-up."""
        found = self._claims.find(asked.path.decode("ascii", "replace"))
        if found is None:
            return refuse(NOTHING_HERE)
        tokens = read_headers(asked.headers, b"authorization")
        if len(tokens) != 1 or not found.claim.admits(tokens[0]):
            return refuse(WRONG_TOKEN)
        if not found.claim.wish.lent_to and read_port(asked.headers) != asked.server[1]:  # lent: ports are forwarded
            return refuse(refuse_host(asked.server[1]))
        if found.refusal:
            return refuse(found.refusal)
        if self._connections.get(connection) is None and (owner := ask_owner(asked.client, asked.server)) is not None:
            self._connections[connection] = is_trusted_owner(owner)
        is_ours = self._connections.get(connection)
        outcome = self._sessions.find(found.claim) if is_ours else None
        if is_ours is False:
            return refuse(OTHER_USER)
        return self._answer_later(connection, asked, found) if outcome is None else self._reply(found, outcome)

    async def _answer_later(self, connection: HttpConnection, asked: Asked, found: OpenClaim) -> HttpReply:
        if self._connections.get(connection) is None:
            owner = await asyncio.get_running_loop().run_in_executor(None, find_owner, asked.client, asked.server)
            if owner is not None and not is_trusted_owner(owner):  # None: this system cannot tell
                return refuse(OTHER_USER)
            self._connections[connection] = True
        outcome = self._sessions.find(found.claim) or await self._sessions.obtain(found.claim)
        if (again := self._claims.find(found.claim.path)) is None or again.refusal:
            return refuse(again.refusal if again and again.refusal else NOTHING_HERE)
        return self._reply(found, outcome)

    def _reply(self, found: OpenClaim, outcome: Outcome) -> HttpReply:
        found.note_request()
        if isinstance(outcome, ShellvaultError):
            return explain(outcome)
        if found.is_new(outcome.access_key_id):
            self._on_give(found.claim, outcome)
        return give(outcome)
