"""Hands one secret URL to a browser: a page on the loopback that sends the first visitor who knows it there, once.

A browser is started with the URL in its arguments, where every program can read it; so it gets this page's instead.
"""

from __future__ import annotations

import hmac
import os
import secrets
import socketserver
import struct
import threading
import time
from http.server import BaseHTTPRequestHandler
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from shellvault.core.record import Secret

_LOOK = 0.2  # seconds between two looks for Ctrl-C
_GONE = b"<!doctype html><meta charset=utf-8><title>shellvault</title><p>There is nothing here.\n"


class OneTimeRedirect:
    """A context in which one page is served on 127.0.0.1, at a port that the system chooses; `url` is its address."""

    def __init__(self, target: Secret) -> None:
        self._target = target

    def __enter__(self) -> Self:
        self._server = _Server(("127.0.0.1", 0), _Handler)
        self._server.timeout = _LOOK
        self._server.target = self._target
        self._server.host = f"127.0.0.1:{self._server.server_address[1]}"
        self.url = f"http://{self._server.host}{self._server.path}"
        return self

    def __exit__(self, *_raised: object) -> None:
        self._server.server_close()

    def wait(self, patience: float) -> bool:
        """Say whether a browser came for the page within so many seconds."""
        end = time.monotonic() + patience
        while not self._server.taken and time.monotonic() < end:
            self._server.handle_request()
        return self._server.taken


class _Server(socketserver.ThreadingMixIn, socketserver.TCPServer):
    """A thread for each connection: one that says nothing, as browsers open ahead of need, keeps nobody waiting."""

    daemon_threads = True
    block_on_close = False
    target: Secret
    host = ""
    taken = False
    """Whether a browser has been sent on."""

    def __init__(self, address: tuple[str, int], handler: type[BaseHTTPRequestHandler]) -> None:
        self.path = f"/{secrets.token_urlsafe(32)}"
        self.ticket = threading.Lock()  # whoever gets it is sent on; it is never given back
        super().__init__(address, handler)

    def handle_error(self, request: object, client_address: object) -> None:
        """Keep quiet: whoever hangs up is not the browser that is waited for."""


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    timeout = 2  # seconds: a connection that says nothing must not keep the browser waiting

    def do_GET(self) -> None:
        """Send the visitor on, once; somebody else's program may have read the address in a list of processes."""
        knows = hmac.compare_digest(self.path.encode(), self.server.path.encode())
        known_host = self.headers.get("Host") == self.server.host
        ours = knows and known_host and _is_ours(self.client_address, self.server.host)
        if not ours or not self.server.ticket.acquire(blocking=False):
            self._say(404, _GONE)
            return
        self._say(302, b"", ("Location", str(self.server.target)))
        self.server.taken = True

    def log_message(self, *_args: object) -> None:
        """Keep quiet."""

    def _say(self, status: int, body: bytes, *headers: tuple[str, str]) -> None:
        self.send_response_only(status)
        for name, value in (
            *headers,
            ("Content-Type", "text/html; charset=utf-8"),
            ("Content-Length", str(len(body))),
            ("Cache-Control", "no-store"),
            ("Referrer-Policy", "no-referrer"),
            ("Connection", "close"),
        ):
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)


def _is_ours(client: tuple[str, int], host: str) -> bool:
    """Say whether a connection is this user's, or root's; where the system cannot tell, the secret path has to do."""
    ends = [_hex(client[0], client[1]), _hex("127.0.0.1", int(host.rpartition(":")[2]))]
    try:
        with open("/proc/net/tcp", encoding="ascii") as table:
            owners = [int(words[7]) for line in table if (words := line.split())[1:3] == ends]
    except (OSError, ValueError, IndexError):
        return True
    return all(owner in (0, os.geteuid()) for owner in owners)


def _hex(address: str, port: int) -> str:
    """Return an address as /proc/net/tcp writes it: the bytes of an IPv4 address as one number of this machine's."""
    number = struct.unpack("=I", bytes(int(part) for part in address.split(".")))[0]
    return f"{number:08X}:{port:04X}"
