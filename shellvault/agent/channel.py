"""One client's connection, as the agent sees it: a request that arrives, and the frames that answer it."""

from __future__ import annotations

import _thread
import select
import socket
import time

from shellvault import ALIVE, find_peer, unpack
from shellvault.system.waiting import tell_before_waiting

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

LARGEST = 256 << 10  # bytes of a request
ARRIVAL = 1.0  # seconds that a request may take to arrive
_SENDING = 5.0  # seconds that a client may take to read a frame
_PEER_GROUPS, _MOST_BYTES = 59, 1024  # SO_PEERGROUPS; Python takes no more of an answer


class ClientNeededError(BaseException):
    """The client must do this itself: it takes a person, or its own programs or bus. Commands must not catch this."""


class MalformedRequestError(Exception):
    """The client sent something that is not a request."""


class Channel:
    """A connection. The loop reads the request and sends signs of life; the command's thread sends the answer."""

    def __init__(self, connection: socket.socket) -> None:
        self.connection = connection
        self.since = time.monotonic()
        self.pid, self.uid = find_peer(connection)
        self.is_open = True
        self.is_running = False
        self._received = bytearray()
        self._sending = _thread.allocate_lock()
        connection.setblocking(False)  # noqa: FBT003 - its only argument

    def receive(self) -> Sequence[bytes] | None:
        """Read what has arrived; return the request's fields once it is complete.

        Raises:
            MalformedRequestError: it is too large, or the client is gone.
        """
        try:
            chunk = self.connection.recv(LARGEST)
        except BlockingIOError:
            return None
        except OSError as error:
            raise MalformedRequestError from error
        self._received += chunk
        length = int.from_bytes(self._received[:4])
        if not chunk or length > LARGEST or len(self._received) > length + 4:
            raise MalformedRequestError
        if len(self._received) < max(length + 4, 4):
            return None
        return unpack(bytes(self._received[4:]))

    @property
    def is_abandoned(self) -> bool:
        """Whether the client has gone, so that nobody needs the answer."""
        try:
            return not self.connection.recv(1, socket.MSG_PEEK)
        except BlockingIOError:
            return False
        except OSError:
            return True

    @property
    def is_late(self) -> bool:
        """Whether the request should be complete by now."""
        return not self.is_running and time.monotonic() - self.since > ARRIVAL

    def send(self, kind: bytes, body: bytes = b"") -> None:
        """Send a frame; give up on a client that is gone or does not read."""
        with self._sending:
            if self.is_open:
                try:
                    self._send_all(kind + len(body).to_bytes(4) + body)
                except OSError:
                    self.is_open = False

    def _send_all(self, data: bytes) -> None:
        left, end = memoryview(data), time.monotonic() + _SENDING
        while left:
            try:
                left = left[self.connection.send(left) :]
            except BlockingIOError:
                tell_before_waiting()
                writable = select.poll()
                writable.register(self.connection, select.POLLOUT)
                if not writable.poll(max(0, end - time.monotonic()) * 1000):
                    raise

    def find_groups(self) -> set[int]:
        """Return the groups of the client, where the system tells: other files may be readable to it."""
        if not hasattr(socket, "SO_PEERCRED"):  # pragma: no cover - other systems
            return set()
        try:
            found = self.connection.getsockopt(socket.SOL_SOCKET, _PEER_GROUPS, _MOST_BYTES)
        except OSError:  # before Linux 4.13, or there are too many of them
            return set()
        return {*memoryview(found).cast("I")}

    def show_life(self) -> None:
        """Send a sign of life, unless a frame is being sent, or one was a moment ago; never wait."""
        if self._sending.acquire(blocking=False):
            try:
                if self.is_open:
                    self.connection.send(ALIVE + bytes(4))
            except BlockingIOError:  # it has plenty to read
                pass
            except OSError:
                self.is_open = False
            finally:
                self._sending.release()

    def close(self) -> None:
        """End the connection."""
        with self._sending:
            self.is_open = False
            self.connection.close()
