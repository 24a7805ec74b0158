"""The loopback page to which the browser comes back with an authorization code (RFC 8252)."""

from __future__ import annotations

import hmac
import socketserver
import time
from http.server import BaseHTTPRequestHandler
from typing import Self
from urllib.parse import parse_qsl

_PATH = "/oauth/callback"
_PAGE = b"<!doctype html><meta charset=utf-8><title>shellvault</title><p>%s You may close this page.</p>"
_LOOK = 0.2  # seconds between two looks for Ctrl-C


class OAuthCallback:
    """A context in which one page is served on 127.0.0.1, at a port that the system chooses."""

    registered_url = f"http://127.0.0.1{_PATH}"
    """What a client registers: any port of the loopback is then accepted."""

    def __enter__(self) -> Self:
        self._server = _Server(("127.0.0.1", 0), _Handler)
        self._server.timeout = _LOOK
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}{_PATH}"
        return self

    def __exit__(self, *_raised: object) -> None:
        self._server.server_close()

    def wait(self, state: str, patience: float) -> dict[str, str] | None:
        """Return what the browser brings, once it brings this state; None after so many seconds without it."""
        self._server.state = state
        end = time.monotonic() + patience
        while self._server.brought is None and time.monotonic() < end:
            self._server.handle_request()
        return self._server.brought


class _Server(socketserver.ThreadingMixIn, socketserver.TCPServer):
    """A thread for each connection: one that says nothing, as browsers open them in advance, keeps nobody waiting."""

    daemon_threads = True
    block_on_close = False
    request_queue_size = 100
    state = ""
    brought: dict[str, str] | None = None

    def handle_error(self, request: object, client_address: object) -> None:
        """Keep quiet: whoever hangs up is not the browser that is waited for."""


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    timeout = 2  # seconds: a connection that says nothing is no browser's answer

    def do_GET(self) -> None:
        """Take the code from whoever knows the state, and nothing from anybody else."""
        path, _, query = self.path.partition("?")
        brought = dict(parse_qsl(query))
        knows = hmac.compare_digest(brought.get("state", "").encode(), self.server.state.encode())
        if path != _PATH or not self.server.state or not knows or self.server.brought:
            self._say(404, b"There is nothing here.")
            return
        try:  # the page first: afterwards nobody waits for this thread
            self._say(200, b"You are signed in." if "code" in brought else b"You are not signed in.")
        finally:
            self.server.brought = brought

    def log_message(self, *_args: object) -> None:
        """Keep quiet: what is asked for holds the code."""

    def _say(self, status: int, text: bytes) -> None:
        body = _PAGE % text
        self.send_response_only(status)
        self.send_header("Cache-Control", "no-store")
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(body)
