"""The test AWS's sockets: one thread per connection, optional TLS, and a shutdown that waits for every thread."""

from __future__ import annotations

import contextlib
import socket
import socketserver
import sys
import threading
from http.server import ThreadingHTTPServer
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import ssl
    from http.server import BaseHTTPRequestHandler

    from tests.aws.faults import Faults
    from tests.aws.world import World


class AwsHttpServer(ThreadingHTTPServer):
    """Tracks its open connections, so that stopping closes them and waits for every thread."""

    daemon_threads = False
    request_queue_size = 100

    def __init__(
        self, handler: type[BaseHTTPRequestHandler], world: World, faults: Faults, *, keeps_connections: bool
    ) -> None:
        self.world = world
        self.faults = faults
        self.keeps_connections = keeps_connections
        self.connections = 0
        self.tls: ssl.SSLContext | None = None
        self.stopping = threading.Event()
        self.crashes: list[BaseException] = []
        self._open: set[socket.socket] = set()
        super().__init__(("127.0.0.1", 0), handler)

    def server_bind(self) -> None:
        """Bind without the name lookup of `HTTPServer`, which may use the network."""
        socketserver.TCPServer.server_bind(self)

    def process_request(self, request: socket.socket | tuple[bytes, socket.socket], client_address: object) -> None:
        """Start the thread of a connection."""
        if isinstance(request, socket.socket):
            self.connections += 1
            self._open.add(request)
        super().process_request(request, client_address)

    def finish_request(self, request: socket.socket | tuple[bytes, socket.socket], client_address: object) -> None:
        """Handle a connection in its thread."""
        if not self.tls or not isinstance(request, socket.socket):
            super().finish_request(request, client_address)
            return
        self._open.discard(request)  # wrap_socket takes over its descriptor
        with self.tls.wrap_socket(request, server_side=True) as plain:
            self._open.add(plain)
            try:
                super().finish_request(plain, client_address)
            finally:
                self._open.discard(plain)

    def shutdown_request(self, request: socket.socket | tuple[bytes, socket.socket]) -> None:
        """Close a connection whose thread has finished."""
        if isinstance(request, socket.socket):
            self._open.discard(request)
        super().shutdown_request(request)

    def handle_error(self, request: object, client_address: object) -> None:  # noqa: ARG002 - overridden method
        """Record an exception of this server, to raise it at the end of the context, unless the client hung up."""
        error = sys.exception()
        if error is not None and not isinstance(error, OSError):
            self.crashes.append(error)

    def stop(self) -> None:
        """Stop listening, release hanging requests, close every connection, and wait for its thread."""
        self.shutdown()
        self.stopping.set()
        for connection in tuple(self._open):
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        self.server_close()
