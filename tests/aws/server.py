"""The loopback HTTP server: sockets, headers and faults. What an answer says is decided in `front`."""

from __future__ import annotations

import contextlib
import socket
import socketserver
import sys
import threading
import time
import uuid
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Self

from tests.aws import front
from tests.aws.errors import AwsError
from tests.aws.faults import Faults
from tests.aws.request import Request
from tests.aws.visit import Answer
from tests.aws.world import World

if TYPE_CHECKING:
    from types import TracebackType

_LONGEST_BODY = 1 << 20
_REFUSING = ("throttle", "error500")


class AwsServer:
    """A context manager around a listening server.

    Attributes:
        url: where it listens, such as http://127.0.0.1:40123, from the start of the context.
        world: what it knows.
        faults: what goes wrong on purpose.
    """

    def __init__(self, world: World | None = None) -> None:
        self.world = world or World()
        self.faults = Faults()
        self.url = ""

    def __enter__(self) -> Self:
        self._http = _Http(self.world, self.faults)
        self.url = f"http://127.0.0.1:{self._http.server_address[1]}"
        self._thread = threading.Thread(target=self._http.serve_forever, args=(0.02,), name="aws")
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._http.stop()
        self._thread.join()
        if self._http.bugs and error is None:
            raise self._http.bugs[0]


class _Http(ThreadingHTTPServer):
    """Keeps its open connections in mind, so that stopping ends them and waits for every thread."""

    daemon_threads = False
    request_queue_size = 100

    def __init__(self, world: World, faults: Faults) -> None:
        self.world = world
        self.faults = faults
        self.stopping = threading.Event()
        self.bugs: list[BaseException] = []
        self._open: set[socket.socket] = set()
        super().__init__(("127.0.0.1", 0), _Handler)

    def server_bind(self) -> None:
        """Bind without the name look-up of `HTTPServer`, which may ask the network."""
        socketserver.TCPServer.server_bind(self)

    def process_request(self, request: socket.socket | tuple[bytes, socket.socket], client_address: object) -> None:
        """Start a connection's thread."""
        if isinstance(request, socket.socket):
            self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: socket.socket | tuple[bytes, socket.socket]) -> None:
        """End a connection whose thread is done."""
        if isinstance(request, socket.socket):
            self._open.discard(request)
        super().shutdown_request(request)

    def handle_error(self, request: object, client_address: object) -> None:  # noqa: ARG002 - the base class's signature
        """Keep a bug of this server for the end of the context; a client that hangs up is none."""
        error = sys.exception()
        if error is not None and not isinstance(error, OSError):
            self.bugs.append(error)

    def stop(self) -> None:
        """Stop listening, release what hangs, end every connection, and wait for its thread."""
        self.shutdown()
        self.stopping.set()
        for connection in tuple(self._open):
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        self.server_close()


class _Handler(BaseHTTPRequestHandler):
    """One connection, which may carry many requests."""

    protocol_version = "HTTP/1.1"
    timeout = 60
    wbufsize = -1  # headers and body leave together: two small packets would wait for each other
    server: _Http

    def do_POST(self) -> None:
        """Answer a request, or fail as a test asked for."""
        if (request := self._read()) is None:
            return
        faults = self.server.faults
        kind = faults.take(front.door_of(request).describe(request, 0).action)
        self.server.stopping.wait(faults.latency)
        if not kind:
            self._send(self._answer(request))
        elif kind == "truncate":
            self._send_half(self._answer(request, "fault:truncate"))
        else:
            self._fail(kind, request)

    do_GET = do_PUT = do_DELETE = do_POST  # noqa: N815 - likewise; what is no POST is refused by the protocol

    def log_message(self, *_args: object) -> None:
        """Keep quiet: the world's calls are the log."""

    def _read(self) -> Request | None:
        length = self.headers.get("Content-Length", "0")
        if not length.isdecimal() or int(length) > _LONGEST_BODY or "Transfer-Encoding" in self.headers:
            self.close_connection = True
            error = AwsError("TestServerBadBody", "the body needs a plain length")
            request = self._request(b"")
            self._send(front.door_of(request).refuse(error, request, str(uuid.uuid4())))
            return None
        return self._request(self.rfile.read(int(length)))

    def _request(self, body: bytes) -> Request:
        path, _, query = self.path.partition("?")
        return Request(self.command, path, query, tuple(self.headers.items()), body)

    def _answer(self, request: Request, outcome: str = "") -> Answer:
        return front.answer(self.server.world, request, self._clock(), outcome)

    def _fail(self, kind: str, request: Request) -> None:
        world = self.server.world
        world.log(front.door_of(request).describe(request, world.now()).replace(outcome=f"fault:{kind}"))
        if kind in _REFUSING:
            self._send(front.fail(world, request, kind))
        elif kind == "garbage":
            self._send(Answer(200, b"<html>a proxy's page that is <b>not XML", str(uuid.uuid4()), "text/html"))
        else:
            if kind == "hang":
                self.server.stopping.wait()
            self.close_connection = True

    def _send(self, answer: Answer) -> None:
        self._send_headers(answer)
        self.wfile.write(answer.body)

    def _send_half(self, answer: Answer) -> None:
        """Announce the whole answer, send half of it, and hang up."""
        self._send_headers(answer)
        self.wfile.write(answer.body[: len(answer.body) // 2])
        self.close_connection = True

    def _send_headers(self, answer: Answer) -> None:
        self.send_response_only(answer.status)
        self.send_header("Date", formatdate(self._clock(), usegmt=True))
        self.send_header("x-amzn-RequestId", answer.request_id)
        self.send_header("Content-Type", answer.content_type)
        for name, value in answer.headers:
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(answer.body)))
        self.end_headers()

    def _clock(self) -> float:
        """The clock for signatures and the Date header: a method, as a fault may set it off at any time."""
        return self.server.world.now() + self.server.faults.date_skew


def wait_for(world: World, action: str, many: int, within: float = 10) -> bool:
    """Say whether so many calls of an action came in within so many seconds; for requests that never return."""
    end = time.monotonic() + within
    while world.count(action) < many and time.monotonic() < end:
        time.sleep(0.01)
    return world.count(action) >= many
