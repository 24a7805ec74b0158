"""A server of another user of this machine, which notes every visitor."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from pathlib import Path

NOBODY = 65534
_SERVE = """
import os, socket, sys
family, address, port, note, uid = sys.argv[1:]
notes = open(note, "ab", buffering=0)
if uid:
    os.setgroups([]); os.setgid(int(uid)); os.setuid(int(uid))
server = socket.socket(getattr(socket, family))
server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
if family == "AF_INET6":
    server.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
server.bind((address, int(port)))
server.listen()
print(server.getsockname()[1], flush=True)
while True:
    connection, _ = server.accept()
    notes.write(connection.recv(65536) or b"a visitor who said nothing")
    connection.close()
"""


class ForeignServer:
    """A context in which `nobody`, or another user, listens at an address; `port` is the port, 0 for any free one."""

    def __init__(self, folder: Path, address: str, uid: int = NOBODY, port: int = 0) -> None:
        self._note = folder / "visitors"
        family = "AF_INET6" if ":" in address else "AF_INET"
        self._words = [sys.executable, "-c", _SERVE, family, address, str(port), str(self._note), str(uid)]

    def __enter__(self) -> Self:
        self._process = subprocess.Popen(self._words, stdout=subprocess.PIPE, text=True)
        assert self._process.stdout is not None
        self.port = int(self._process.stdout.readline())
        return self

    def __exit__(self, *_raised: object) -> None:
        self._process.kill()
        self._process.communicate()

    @property
    def heard(self) -> bytes:
        """Everything that visitors said."""
        return self._note.read_bytes()
