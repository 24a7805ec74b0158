"""An instance's metadata service and a container's credential service, on loopback, with AWS's own answers."""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from types import TracebackType

ROLES = "/latest/meta-data/iam/security-credentials/"
TOKEN_PATH = "/latest/api/token"


class MetadataService:
    """A context around the service. `answer` is what it gives as credentials; `asked` holds each method and path."""

    def __init__(self, answer: dict[str, str], authorization: str = "") -> None:
        self.answer = answer
        self.authorization = authorization
        self.asked: list[str] = []

    def __enter__(self) -> Self:
        self._http = _MetadataServer(self)
        self.url = f"http://127.0.0.1:{self._http.server_address[1]}"
        self._thread = threading.Thread(target=self._http.serve_forever, args=(0.02,))
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._http.shutdown()
        self._thread.join()
        self._http.server_close()


class _MetadataServer(ThreadingHTTPServer):
    def __init__(self, service: MetadataService) -> None:
        self.service = service
        super().__init__(("127.0.0.1", 0), _MetadataHandler)


class _MetadataHandler(BaseHTTPRequestHandler):
    server: _MetadataServer

    def do_GET(self) -> None:
        """Answer as IMDSv2 and as the container's service do."""
        service = self.server.service
        service.asked.append(f"{self.command} {self.path}")
        if self.path == ROLES:
            self._send(200, "machine")
        elif self.path.startswith(ROLES) and self.headers.get("x-aws-ec2-metadata-token") != "secret-token":
            self._send(401, "no token")
        elif service.authorization and self.headers.get("Authorization") != service.authorization:
            self._send(403, "{}")
        else:
            self._send(200, json.dumps(service.answer))

    def do_PUT(self) -> None:
        """Give IMDSv2's token."""
        self.server.service.asked.append(f"{self.command} {self.path}")
        self._send(200 if self.path == TOKEN_PATH else 404, "secret-token")

    def log_message(self, *_args: object) -> None:
        """Log nothing."""

    def _send(self, status: int, text: str) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text.encode())
