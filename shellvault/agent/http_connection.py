"""One HTTP connection to the endpoint: h11 parses the requests, within limits on size and time."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Protocol

import h11

from shellvault.agent.credential_answers import HttpReply, refuse
from shellvault.agent.http_rules import MOST_BYTES, Refusal, check_request
from shellvault.core.record import Record

if TYPE_CHECKING:
    from collections.abc import Coroutine

    from shellvault.agent.http_rules import Headers

    class Answerer(Protocol):
        """Keeps track of connections, and answers their requests."""

        def opened(self, connection: HttpConnection) -> None:
            """Record a new connection."""

        def closed(self, connection: HttpConnection) -> None:
            """Forget it."""

        def answer(self, connection: HttpConnection, asked: Asked) -> HttpReply | Coroutine[None, None, HttpReply]:
            """Return the reply, or a coroutine that returns it."""


ARRIVAL = 5.0
"""Seconds within which a request must arrive."""
IDLE = 30.0
"""Seconds that a connection may wait for its next request."""
_SENDING = 10.0  # seconds within which a client must read a reply
_HEAD = b"HTTP/1.1 %d \r\nContent-Type: application/json\r\nCache-Control: no-store\r\nContent-Length: %d\r\n%b\r\n"
"""The head of a reply. We write it ourselves, because h11 takes longer to write one than to read a whole request."""
_CLOSE = b"Connection: close\r\n"


class Asked(Record):
    """A request, and both ends of its connection."""

    method: bytes
    path: bytes
    headers: Headers
    client: tuple[str, int]
    server: tuple[str, int]


_NOTHING = Asked(b"", b"", (), ("", 0), ("", 0))


class HttpConnection(asyncio.Protocol):
    """A connection, which may carry several requests, one after another."""

    _transport: asyncio.Transport
    _timer: asyncio.TimerHandle

    def __init__(self, host: Answerer) -> None:
        self._host = host
        self._loop = asyncio.get_running_loop()
        self._http = h11.Connection(h11.SERVER, max_incomplete_event_size=MOST_BYTES)
        self._asked = _NOTHING
        self._answering: asyncio.Task[None] | None = None

    @property
    def is_waiting(self) -> bool:
        """Whether no request is being answered."""
        return self._answering is None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Start waiting for a request."""
        if isinstance(transport, asyncio.Transport):
            self._transport = transport
        self._timer = self._loop.call_later(ARRIVAL, self.abort)
        self._host.opened(self)

    def connection_lost(self, _error: Exception | None) -> None:
        """Cancel whatever was being done for the client."""
        self._timer.cancel()
        if self._answering:
            self._answering.cancel()
        self._host.closed(self)

    def data_received(self, data: bytes) -> None:
        """Read the data that has arrived."""
        self._http.receive_data(data)
        self._read_safely()

    def pause_writing(self) -> None:
        """Stop reading from a client that does not read our replies."""
        self._transport.pause_reading()
        self._wait(_SENDING)

    def resume_writing(self) -> None:
        """Resume once the client has caught up."""
        self._transport.resume_reading()
        self._wait(IDLE)

    def abort(self) -> None:
        """End the connection at once."""
        self._transport.abort()

    def _wait(self, seconds: float) -> None:
        self._timer.cancel()
        self._timer = self._loop.call_later(seconds, self.abort)

    def _read_safely(self) -> None:
        try:
            self._read()
        except h11.RemoteProtocolError as error:
            refusal = Refusal(error.error_status_hint, "BadRequest", "this is not a request that an SDK would send")
            self._send(refuse(refusal), last=True)

    def _read(self) -> None:
        while self.is_waiting and not self._transport.is_closing():
            event = self._http.next_event()
            if event is h11.NEED_DATA or event is h11.PAUSED:
                return
            if isinstance(event, h11.Request):
                self._take(event)
            elif isinstance(event, h11.EndOfMessage):
                self._answer()
            elif isinstance(event, h11.ConnectionClosed):
                self._transport.close()

    def _take(self, request: h11.Request) -> None:
        """Keep the head of a request, or refuse it before the rest arrives."""
        client, server = (self._transport.get_extra_info(name)[:2] for name in ("peername", "sockname"))
        self._asked = Asked(request.method, request.target, list(request.headers), client, server)
        if refusal := check_request(self._asked.method, self._asked.headers, server[1]):
            self._send(refuse(refusal), last=True)

    def _answer(self) -> None:
        reply = self._host.answer(self, self._asked)
        if isinstance(reply, HttpReply):
            self._send(reply)
        else:
            self._timer.cancel()
            self._transport.pause_reading()
            self._answering = self._loop.create_task(self._answer_later(reply))

    async def _answer_later(self, coming: Coroutine[None, None, HttpReply]) -> None:
        reply = await coming
        self._answering = None
        self._transport.resume_reading()
        self._send(reply)
        self._read_safely()  # the next request may already be here

    def _send(self, reply: HttpReply, *, last: bool = False) -> None:
        """Send a reply; close the connection if it is the last one, or if the client broke the protocol."""
        if self._transport.is_closing():
            return
        ends = last or self._http.their_state is not h11.DONE
        head = _HEAD % (reply.status, len(reply.body), _CLOSE if ends else b"")
        self._transport.write(head if self._asked.method == b"HEAD" else head + reply.body)
        if ends:
            self._wait(_SENDING)
            self._transport.close()
        else:
            self._wait(IDLE)
            self._expect_next()

    def _expect_next(self) -> None:
        """Start reading the next request, part of which may have arrived already."""
        rest, _is_end = self._http.trailing_data
        self._http = h11.Connection(h11.SERVER, max_incomplete_event_size=MOST_BYTES)
        if rest:
            self._http.receive_data(rest)
