"""A company's proxy: it opens every TLS connection with certificates of its own, and passes requests on to test AWS."""

from __future__ import annotations

import socket
import ssl
import threading
from typing import TYPE_CHECKING, Self
from urllib.parse import urlsplit

from tests.aws.authority import write_certificates

if TYPE_CHECKING:
    from pathlib import Path

_HOSTS = ("*.eu-west-1.amazonaws.com", "*.amazonaws.com", "signin.aws.amazon.com", "localhost")


class InspectingProxy:
    """A context in which the proxy runs; `url` is its address, and `ca` the file with its authority's certificate."""

    def __init__(self, folder: Path, upstream: str) -> None:
        self.ca = folder / "corp-ca.pem"
        self.hosts: list[str] = []
        self._upstream = urlsplit(upstream)
        self._tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._tls.load_cert_chain(write_certificates(folder, self.ca, _HOSTS))

    def __enter__(self) -> Self:
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}"
        threading.Thread(target=self._serve, daemon=True).start()
        return self

    def __exit__(self, *_raised: object) -> None:
        self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            threading.Thread(target=self._open, args=(connection,), daemon=True).start()

    def _open(self, connection: socket.socket) -> None:
        head = connection.recv(65536).decode("latin-1")
        self.hosts.append(head.split()[1] if head else "")
        connection.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
        try:
            with self._tls.wrap_socket(connection, server_side=True) as plain:
                upstream = socket.create_connection((self._upstream.hostname or "", self._upstream.port or 80))
                threading.Thread(target=_copy, args=(upstream, plain), daemon=True).start()
                _copy(plain, upstream)
        except OSError:  # the client does not trust the certificate
            return


def _copy(source: socket.socket, target: socket.socket) -> None:
    try:
        while data := source.recv(65536):
            target.sendall(data)
    except OSError:
        return
