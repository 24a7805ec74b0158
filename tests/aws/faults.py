"""Faults injected by tests, and how often they occur; `server` implements their effects."""

from __future__ import annotations

import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

PAGE = b"<html><head><title>Sign in to this network</title></head><body><p>Welcome</p></body></html>"
"""Well-formed XML, like many networks' sign-in pages and proxies' error pages."""

ODD_ANSWERS = {
    "portal": (200, PAGE, ()),
    "redirect": (302, PAGE, (("Location", "http://127.0.0.1:9/"),)),
    "forbidden": (403, PAGE, ()),
    "proxy407": (407, PAGE, (("Proxy-Authenticate", 'Basic realm="corp"'),)),
    "busy": (429, b"slow down\n", ()),
    "unavailable": (503, b"no healthy upstream\n", ()),
    "garbage": (200, b"<html>a proxy's page that is <b>not XML", ()),
    "empty": (200, b"", ()),
    "other": (200, b"<GetSomethingElseResponse/>", ()),
}
"""Fault -> status, body and headers of an answer that comes from something other than the service."""

REFUSALS = {
    "unknown key": (
        404,
        b"<ErrorResponse><Error><Code>NoSuchEntity</Code><Message>no</Message></Error></ErrorResponse>",
    ),
    "no code": (403, b"<ErrorResponse><Error><Code/><Message/></Error></ErrorResponse>"),
}
"""Fault -> status and body of an answer in the service's own format, from a stale replica or an imitation."""

ENDLESS = ("hang", "drip", "flood", "stall")
"""Faults that last until the client or the server hangs up."""

BROKEN_BODIES = {"reset": b"5\r\n<html", "badchunk": b"5\r\n<html\r\nzz\r\n", "cutchunk": b"5\r\n<html\r\nff\r\n<b"}
"""Fault -> the part of a chunked body that is sent before the connection ends."""

KINDS = ("throttle", "error500", "drop", "truncate", "swallow", *ENDLESS, *ODD_ANSWERS, *BROKEN_BODIES, *REFUSALS)
"""The kinds of faults. All except truncate and swallow leave the request without effect: no code is used, and no
session issued.

throttle: 400 Throttling.
error500: 500 InternalFailure.
drop: the connection closes without a response.
hang: no response until the server stops.
drip: a status, headers, and then one byte after the other, with a pause that no read takes for silence.
flood: a body of two gigabytes.
stall: a status, headers, and the beginning of a body.
reset, badchunk, cutchunk: a body that ends with a reset, with a chunk whose size is no number, or within a chunk.
the names in ODD_ANSWERS: the answer of a captive portal, a proxy or a load balancer.
the names in REFUSALS: a refusal, though the request would have succeeded.
truncate: the request is performed, and the connection closes after half the response, which contains secrets.
swallow: the request is performed, and there is no response until the server stops.
"""


class Faults:
    """The faults of one server.

    Attributes:
        latency: seconds added before every response.
        date_skew: seconds by which the Date header and the clock for signatures are ahead of the world's clock, which
            sessions and codes keep using.
        waiting: how many requests are being delayed or held now.
    """

    def __init__(self) -> None:
        self.latency = 0.0
        self.date_skew = 0.0
        self.waiting = 0
        self._is_holding = False
        self._lock = threading.Lock()
        self._queue: list[tuple[str, str]] = []
        self._standing: tuple[str, str] = ("", "")

    def next(self, kind: str, times: int | None = 1, action: str = "") -> None:
        """Let the next `times` requests fail, after those already scheduled, or every request from then on if None.

        With an action such as "DeleteAccessKey", only requests of that action fail.
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

    def delay(self, stopping: threading.Event) -> None:
        """Delay a request by the current latency, and for as long as it is held, unless the server stops."""
        end = time.monotonic() + self.latency
        with self._lock:
            self.waiting += 1
            is_held = self._is_holding and self.waiting == 1
        while (is_held and self._is_holding) or time.monotonic() < end:
            if stopping.wait(0.02):
                break
        with self._lock:
            self.waiting -= 1

    @contextmanager
    def hold(self) -> Iterator[None]:
        """Hold the next request until this context ends; requests that arrive in the meantime overtake it."""
        self._is_holding = True
        try:
            yield
        finally:
            self._is_holding = False

    def clear(self) -> None:
        """Remove all faults."""
        with self._lock:
            self._queue.clear()
            self._standing = ("", "")
        self.latency = self.date_skew = 0.0
