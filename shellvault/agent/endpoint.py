"""The endpoint: programs get container credentials from it over HTTP on 127.0.0.1 for as long as they run.

Its event loop runs in a thread of its own. asyncio and h11 are slow to import, so callers import this module only when
the first claim is opened.
"""

from __future__ import annotations

import asyncio
import socket
import threading
from typing import TYPE_CHECKING

from shellvault.agent.claim_table import ClaimTable
from shellvault.agent.claims import ClaimFile, Ticket, make_claim, sweep
from shellvault.agent.endpoint_desk import EndpointDesk
from shellvault.agent.http_connection import HttpConnection
from shellvault.agent.http_rules import HOST, TAKEN_BACK
from shellvault.agent.shared_sessions import SharedSessions
from shellvault.core.wish import ClaimStatus

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Self, TypeVar

    from shellvault.agent.claim_table import OpenClaim
    from shellvault.agent.claims import Claim
    from shellvault.agent.shared_sessions import Mint
    from shellvault.core.model import Session
    from shellvault.core.wish import Wish

    Result = TypeVar("Result")

_BACKLOG = 512
_TICK = 5.0  # seconds between checks for due renewals, and for owners whose end the system does not report


class Endpoint:
    """A context in which claims can be opened and programs are answered. Any thread may call its methods.

    Args:
        mint: obtains a claim's session; it may take long, and raises ShellvaultError. It is called in worker threads,
            one call at a time for each identity.
        folder: where token files go; only this user may have access to it.
        file: where to save the claims for the next endpoint; empty to save none.
        on_end: called in the endpoint's loop after a claim has ended.
        on_give: called in a worker thread when a claim's programs get a session that they did not have yet.
    """

    def __init__(
        self,
        mint: Mint,
        folder: str,
        file: str = "",
        on_end: Callable[[], None] = lambda: None,
        on_give: Callable[[Claim, Session], None] = lambda _claim, _session: None,
    ) -> None:
        self._folder = folder
        self._file = ClaimFile(file) if file else None
        self._on_end = on_end
        self._sessions = SharedSessions(mint)
        self._claims = ClaimTable(self._ended)
        self._loop = asyncio.new_event_loop()
        self._desk = EndpointDesk(self._claims, self._sessions, self._tell_later(on_give))
        self._port = 0
        self._is_closed = False

    def __enter__(self) -> Self:
        return self.open()

    def __exit__(self, *_raised: object) -> None:
        self.close()

    def open(self) -> Self:
        """Start serving the saved claims, and new ones from now on."""
        port, claims = self._file.load() if self._file else (0, [])
        listener = _listen(port if claims else 0)
        self._port = listener.getsockname()[1]
        taken = claims if self._port == port else []  # else another program has that port and receives the tokens
        sweep(self._folder, taken)
        self._thread = threading.Thread(target=self._loop.run_forever, name="endpoint", daemon=True)
        self._thread.start()
        asyncio.run_coroutine_threadsafe(self._serve(listener, taken), self._loop).result()
        self._save()  # claims that were not taken over must not wait there for the next endpoint
        return self

    def close(self, *, keeps: bool = True) -> None:
        """End the connections, and the claims unless the next endpoint is to serve them; a second call does nothing."""
        if self._is_closed:
            return
        self._is_closed = True
        self._save()
        asyncio.run_coroutine_threadsafe(self._stop(keeps=keeps and self._file is not None), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()

    def open_claim(self, wish: Wish, owner: int, session: Session | None = None) -> Ticket:
        """Return what programs need to get credentials until the process `owner` ends.

        A shell that asks for the same claim again gets the one it has. `session` is a session that the caller has
        already obtained.

        Raises:
            VaultUnavailableError: the token file cannot be written.
        """
        claim = self._call(lambda: self._claims.find_same(wish, owner))
        if claim is None:
            claim = self._open(make_claim(wish, owner, self._folder), session)
        return Ticket(f"http://{HOST}:{self._port}{claim.path}", claim.token_file)

    def _open(self, claim: Claim, session: Session | None) -> Claim:
        if session:
            self._call(lambda: self._sessions.keep(claim, session))
        self._call(lambda: self._claims.add(claim))
        if not claim.wish.is_lazy:
            self._call(lambda: self._sessions.begin(claim))
        self._save()
        return claim

    def close_claim(self, ticket: Ticket) -> None:
        """End a claim; it is no error if it has ended already."""
        self._call(lambda: self._claims.end(ticket.url.partition(f":{self._port}")[2]))

    def claims(self) -> list[ClaimStatus]:
        """Return the status of each claim that gives sessions."""
        return self._call(self._list)

    def is_in_use(self) -> bool:
        """Return whether the owner of a claim is left, even of one that gives nothing any more."""
        return not self._call(lambda: self._claims.is_empty)

    def end_lends(self, profile: str) -> list[ClaimStatus]:
        """Take back what was lent of a profile, or if that is empty, of any; return what it was."""
        return self._call(lambda: self._withdraw(profile))

    def forget_sessions(self, identity: str = "") -> None:
        """Forget an identity's session, or all sessions; the next request obtains a new one."""
        self._call(lambda: self._sessions.forget(identity))

    def _list(self) -> list[ClaimStatus]:
        self._claims.check()
        return list(map(self._describe, self._claims))

    def _withdraw(self, profile: str) -> list[ClaimStatus]:
        wanted = [each for each in self._claims if each.claim.wish.is_lend_of(profile)]
        found = list(map(self._describe, wanted))
        for each in wanted:
            self._claims.withdraw(each, TAKEN_BACK)
        return found

    def _describe(self, each: OpenClaim) -> ClaimStatus:
        claim = each.claim
        session, error = self._sessions.look(claim.wish.identity)
        return ClaimStatus(
            profile=claim.wish.profile,
            url=f"http://{HOST}:{self._port}{claim.path}",
            owner=claim.owner.pid,
            expires_at=session.expires_at if session else None,
            asked_at=each.asked_at,
            requests=each.requests,
            error=error.message if error else "",
            **claim.wish.lend_fields(),
        )

    async def _serve(self, listener: socket.socket, taken: list[Claim]) -> None:
        for claim in taken:
            self._claims.add(claim)
        self._server = await self._loop.create_server(
            lambda: HttpConnection(self._desk), sock=listener, backlog=_BACKLOG
        )
        self._tick()

    async def _stop(self, *, keeps: bool) -> None:
        self._server.close()
        self._ticking.cancel()
        if not keeps:
            self._claims.end_all()
        self._desk.close_all()
        await self._sessions.stop()
        self._save()
        await asyncio.sleep(0)

    def _tick(self) -> None:
        self._claims.check()
        self._sessions.renew_due()
        self._ticking = self._loop.call_later(_TICK, self._tick)

    def _ended(self, claim: Claim) -> None:
        if all(each.claim.wish.identity != claim.wish.identity for each in self._claims):
            self._sessions.forget(claim.wish.identity)
        self._loop.run_in_executor(None, self._save)
        self._on_end()

    def _save(self) -> None:
        if self._file:
            self._file.save(self._port, lambda: [each.claim for each in self._claims])

    def _tell_later(self, on_give: Callable[[Claim, Session], None]) -> Callable[[Claim, Session], object]:
        """Return what calls `on_give` in a worker thread."""
        return lambda claim, session: self._loop.run_in_executor(None, on_give, claim, session)

    def _call(self, action: Callable[[], Result]) -> Result:
        """Run an action in the loop, and return its result."""

        async def act() -> Result:
            return action()

        return asyncio.run_coroutine_threadsafe(act(), self._loop).result()


def _listen(port: int) -> socket.socket:
    """Return a socket bound to this port if it is free, else to any free port."""
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((HOST, port))
    except OSError:
        listener.bind((HOST, 0))
    return listener
