"""The loopback HTTP server: requests, headers and faults; `request_dispatch` decides on the content of responses."""

from __future__ import annotations

import socket
import ssl
import struct
import threading
import time
import uuid
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler
from typing import TYPE_CHECKING, Self

from tests.aws import request_dispatch
from tests.aws.errors import AwsError
from tests.aws.faults import BROKEN_BODIES, ODD_ANSWERS, REFUSALS, Faults
from tests.aws.http_server import AwsHttpServer
from tests.aws.request import Request
from tests.aws.request_context import HttpResponse
from tests.aws.world import World

if TYPE_CHECKING:
    from pathlib import Path
    from types import TracebackType

_LONGEST_BODY = 1 << 20
_REFUSING = ("throttle", "error500")
_DRIP, _FLOOD = 0.2, 2 << 30  # seconds between two bytes; size in bytes


class AwsServer:
    """A context manager that runs the server.

    Args:
        world: its data; empty if omitted.
        certificate: a file with its key and certificate, for https.
        keeps_connections: whether a connection may carry several requests.

    Attributes:
        url: its address, such as http://127.0.0.1:40123, while the context is active.
        world: its data.
        faults: its injected faults.
    """

    def __init__(
        self, world: World | None = None, *, certificate: Path | None = None, keeps_connections: bool = True
    ) -> None:
        self.world = world or World()
        self.faults = Faults()
        self.url = ""
        self._certificate = certificate
        self._keeps_connections = keeps_connections

    def __enter__(self) -> Self:
        self._http = AwsHttpServer(
            _AwsRequestHandler, self.world, self.faults, keeps_connections=self._keeps_connections
        )
        if self._certificate:
            self._http.tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self._http.tls.load_cert_chain(self._certificate)
        scheme = "https" if self._certificate else "http"
        self.url = f"{scheme}://127.0.0.1:{self._http.server_address[1]}"
        self._thread = threading.Thread(target=self._http.serve_forever, args=(0.02,), name="aws")
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._http.stop()
        self._thread.join()
        if self._http.crashes and error is None:
            raise self._http.crashes[0]

    @property
    def connections(self) -> int:
        """How many connections were made to this server."""
        return self._http.connections


class _AwsRequestHandler(BaseHTTPRequestHandler):
    """A connection, which may carry several requests."""

    protocol_version = "HTTP/1.1"
    timeout = 60
    wbufsize = -1  # send headers and body together: two small packets would wait for each other
    server: AwsHttpServer

    def do_POST(self) -> None:
        """Respond to a request, or fail as scheduled by a test."""
        if (request := self._read_request()) is None:
            return
        faults = self.server.faults
        kind = faults.take(request_dispatch.find_endpoint(request).describe(request, 0).action)
        faults.delay(self.server.stopping)
        if not kind:
            self._send(self._respond(request))
        elif kind == "truncate":
            self._send_half(self._respond(request, "fault:truncate"))
        elif kind == "swallow":
            self._respond(request, "fault:swallow")
            self.close_connection = True
            self.server.stopping.wait()
        else:
            self._fail(kind, request)

    do_GET = do_PUT = do_DELETE = do_POST  # noqa: N815 - names required by the base class; unsupported methods are refused by the protocol

    def log_message(self, *_args: object) -> None:
        """Log nothing, as the world records the calls."""

    def _read_request(self) -> Request | None:
        length = self.headers.get("Content-Length", "0")
        if not length.isdecimal() or int(length) > _LONGEST_BODY or "Transfer-Encoding" in self.headers:
            self.close_connection = True
            error = AwsError("TestServerBadBody", "the body needs a plain length")
            request = self._make_request(b"")
            self._send(request_dispatch.find_endpoint(request).render_error(error, request, str(uuid.uuid4())))
            return None
        return self._make_request(self.rfile.read(int(length)))

    def _make_request(self, body: bytes) -> Request:
        path, _, query = self.path.partition("?")
        return Request(self.command, path, query, tuple(self.headers.items()), body)

    def _respond(self, request: Request, outcome: str = "") -> HttpResponse:
        return request_dispatch.respond(self.server.world, request, self._get_time(), outcome)

    def _fail(self, kind: str, request: Request) -> None:
        world = self.server.world
        world.log(
            request_dispatch.find_endpoint(request).describe(request, world.now()).replace(outcome=f"fault:{kind}")
        )
        if kind in _REFUSING:
            self._send(request_dispatch.respond_with_fault(world, request, kind))
        elif kind in ODD_ANSWERS:
            status, body, headers = ODD_ANSWERS[kind]
            self._send(HttpResponse(status, body, str(uuid.uuid4()), "text/html", headers))
        elif kind in REFUSALS:
            self._send(HttpResponse(*REFUSALS[kind], str(uuid.uuid4())))
        else:
            self.close_connection = True
            if kind == "hang":
                self.server.stopping.wait()
            elif kind in BROKEN_BODIES:
                self._break_body(kind)
            elif kind != "drop":
                self._send_endlessly(kind)

    def _send_endlessly(self, kind: str) -> None:
        """Announce a large body, and send it slowly or at full speed until the client hangs up."""
        self._send_headers(HttpResponse(200, b"", str(uuid.uuid4()), "text/xml"), length=_FLOOD)
        piece, pause = {"drip": (b" ", _DRIP), "stall": (b" ", None), "flood": (b" " * (1 << 20), 0.0)}[kind]
        for _ in range(_FLOOD // len(piece)):
            self.wfile.write(piece)
            self.wfile.flush()
            if self.server.stopping.wait(pause):
                return

    def _break_body(self, kind: str) -> None:
        head = b"HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\nTransfer-Encoding: chunked\r\n\r\n"
        self.wfile.write(head + BROKEN_BODIES[kind])
        self.wfile.flush()
        if kind == "reset":
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    def _send(self, answer: HttpResponse) -> None:
        self._send_headers(answer)
        self.wfile.write(answer.body)

    def _send_half(self, answer: HttpResponse) -> None:
        """Announce the complete response, send half of it, and close the connection."""
        self._send_headers(answer)
        self.wfile.write(answer.body[: len(answer.body) // 2])
        self.close_connection = True

    def _send_headers(self, answer: HttpResponse, length: int | None = None) -> None:
        self.send_response_only(answer.status)
        if not self.server.keeps_connections:
            self.send_header("Connection", "close")
        self.send_header("Date", formatdate(self._get_time(), usegmt=True))
        self.send_header("x-amzn-RequestId", answer.request_id)
        self.send_header("Content-Type", answer.content_type)
        for name, value in answer.headers:
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(answer.body) if length is None else length))
        self.end_headers()

    def _get_time(self) -> float:
        """Return the time for signatures and the Date header, including an injected skew."""
        return self.server.world.now() + self.server.faults.date_skew


def wait_for_calls(world: World, action: str, count: int, within: float = 30) -> bool:
    """Wait for calls of an action and return whether enough came in; works for calls that never return."""
    end = time.monotonic() + within
    while world.count(action) < count and time.monotonic() < end:
        time.sleep(0.01)
    return world.count(action) >= count
