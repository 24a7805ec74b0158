"""A listening socket that stands in for a proxy."""

from __future__ import annotations

import socket
import threading
from typing import Self


class StandInProxy:
    """A context in which it listens: it records the first line of each request, answers, and hangs up."""

    def __init__(self, answer: bytes = b"") -> None:
        self._answer = answer
        self.lines: list[bytes] = []

    def __enter__(self) -> Self:
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.host = f"127.0.0.1:{self._socket.getsockname()[1]}"
        self.url = f"http://{self.host}"
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_raised: object) -> None:
        self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        self._thread.join()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            with connection, connection.makefile("rb") as request:
                self.lines.append(request.readline())
                while request.readline().strip():  # unread data would cut the answer short
                    pass
                connection.sendall(self._answer)
