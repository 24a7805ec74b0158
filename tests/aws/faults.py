"""What a test wants to go wrong on the way, and how often. How each fault looks on the wire is the server's part."""

from __future__ import annotations

import threading

KINDS = ("throttle", "error500", "drop", "hang", "garbage", "truncate")
"""What each kind does. All but truncate leave the request undone: no code is spent and no session minted.

throttle: 400 Throttling.
error500: 500 InternalFailure.
drop: the connection ends without an answer.
hang: no answer until the server stops.
garbage: 200 with a body that is no XML.
truncate: the request is performed, and the connection ends after half of the answer, which has some of the secrets.
"""


class Faults:
    """The faults of one server.

    Attributes:
        latency: seconds that every answer takes longer.
        date_skew: seconds by which the Date header and the clock for signatures are ahead of the world's clock;
            sessions and codes keep the world's.
    """

    def __init__(self) -> None:
        self.latency = 0.0
        self.date_skew = 0.0
        self._lock = threading.Lock()
        self._queue: list[tuple[str, str]] = []
        self._standing: tuple[str, str] = ("", "")

    def next(self, kind: str, times: int | None = 1, action: str = "") -> None:
        """Let so many requests fail in this way, after those asked for before; with None, every one from then on.

        With an action, such as "DeleteAccessKey", only requests of that action.
        """
        if kind not in KINDS:
            raise ValueError(f"no fault {kind!r}: it is one of {', '.join(KINDS)}")
        with self._lock:
            if times is None:
                self._standing = (kind, action)
            else:
                self._queue.extend([(kind, action)] * times)

    def take(self, action: str = "") -> str:
        """Return the fault for a request of this action, or the empty string."""
        with self._lock:
            for place, (kind, only) in enumerate(self._queue):
                if only in ("", action):
                    del self._queue[place]
                    return kind
            kind, only = self._standing
            return kind if only in ("", action) else ""

    def clear(self) -> None:
        """Go back to a server without faults."""
        with self._lock:
            self._queue.clear()
            self._standing = ("", "")
        self.latency = self.date_skew = 0.0
