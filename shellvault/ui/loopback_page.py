"""Serves a page to a browser on this machine, at one address of the loopback and a port that the system chooses."""

from __future__ import annotations

import socketserver
import time
from http.server import BaseHTTPRequestHandler
from typing import TYPE_CHECKING, Self

from shellvault.core.record import Record

if TYPE_CHECKING:
    from collections.abc import Callable

_HOST = "127.0.0.1"
_POLL = 0.2  # seconds between two looks for Ctrl-C
_PAGE = "<!doctype html><meta charset=utf-8><title>shellvault</title><p>%s\n"


class Visit(Record):
    """A GET request: the path with its query, the Host header, and the address that it came from."""

    path: str
    host: str
    client: tuple[str, int]


class Reply(Record):
    """What a visitor gets: a status with a sentence, or a URL to go to. The last reply ends the wait."""

    status: int
    text: str = ""
    location: str = ""
    is_last: bool = False


NOTHING_HERE = Reply(404, "There is nothing here.")


class LoopbackPage:
    """A context in which the page is served; `host` is its host and port.

    Args:
        respond: returns the reply to a visit. It is called from several threads at once.
    """

    def __init__(self, respond: Callable[[Visit], Reply]) -> None:
        self._respond = respond

    def __enter__(self) -> Self:
        self._server = _PageServer((_HOST, 0), _PageHandler)
        self._server.timeout = _POLL
        self._server.respond = self._respond
        self.host = f"{_HOST}:{self._server.server_address[1]}"
        return self

    def __exit__(self, *_raised: object) -> None:
        self._server.server_close()

    def wait(self, patience: float) -> bool:
        """Serve until the last reply was sent; return whether that was within `patience` seconds."""
        end = time.monotonic() + patience
        while not self._server.is_done and time.monotonic() < end:
            self._server.handle_request()
        return self._server.is_done


class _PageServer(socketserver.ThreadingMixIn, socketserver.TCPServer):
    """Has a thread for each connection: browsers open some ahead of need, and those must not hold up the others."""

    daemon_threads = True
    block_on_close = False
    request_queue_size = 100
    respond: Callable[[Visit], Reply]
    is_done = False

    def handle_error(self, request: object, client_address: object) -> None:
        """Print nothing about visitors that hang up."""


class _PageHandler(BaseHTTPRequestHandler):
    server: _PageServer
    timeout = 2  # seconds that a connection may be silent

    def do_GET(self) -> None:
        """Send the reply; the wait ends even if the last visitor has hung up."""
        reply = self.server.respond(Visit(self.path, self.headers.get("Host", ""), self.client_address))
        try:  # first the page: once the wait has ended, nobody waits for this thread
            self._send(reply)
        finally:
            self.server.is_done = self.server.is_done or reply.is_last

    def log_message(self, *_args: object) -> None:
        """Log nothing: requests hold secrets."""

    def _send(self, reply: Reply) -> None:
        body = (_PAGE % reply.text).encode() if reply.text else b""
        self.send_response_only(reply.status)
        for name, value in (
            *((("Location", reply.location),) if reply.location else ()),
            ("Content-Type", "text/html; charset=utf-8"),
            ("Content-Length", str(len(body))),
            ("Cache-Control", "no-store"),
            ("Referrer-Policy", "no-referrer"),
            ("Connection", "close"),
        ):
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)
