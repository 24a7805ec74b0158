"""Which requests the endpoint accepts, whatever claim they name. Pure.

A web page can make the browser send requests to this machine, even through a host name of its own that resolves to
127.0.0.1, and a proxy can forward anyone's requests. Neither can leave out the headers that give it away here.
"""

from __future__ import annotations

import time

from shellvault.core.environment import UTC
from shellvault.core.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    Headers = Sequence[tuple[bytes, bytes]]

MOST_BYTES = 16 << 10
"""The most bytes of a request."""
MOST_HEADERS = 64
HOST = "127.0.0.1"
_LONGEST_PORT = 5  # digits

_FROM_BROWSERS = (b"origin", b"referer", b"cookie")
_FROM_PROXIES = (b"forwarded", b"via", b"x-real-ip", b"client-ip", b"true-client-ip", b"cf-connecting-ip")
_PREFIXES = (b"x-forwarded", b"sec-", b"access-control-", b"proxy-")


class Refusal(Record):
    """Why a request gets no credentials: an HTTP status, and what SDKs show."""

    status: int
    code: str
    message: str


NOTHING_HERE = Refusal(404, "NotFound", "there is no such claim: its command or shell has ended")
WRONG_TOKEN = Refusal(401, "WrongToken", "the Authorization header is not this claim's token")
OTHER_USER = Refusal(403, "OtherUser", "the request comes from another user of this machine")
TAKEN_BACK = Refusal(403, "LendEnded", "this is no longer lent: it was taken back")
_WRONG_METHOD = Refusal(405, "MethodNotAllowed", "only GET is answered")
_WITH_BODY = Refusal(400, "BadRequest", "a request must not have a body")
_TOO_MANY = Refusal(431, "TooManyHeaders", f"a request may have at most {MOST_HEADERS} headers")


def check_request(method: bytes, headers: Headers, port: int) -> Refusal | None:
    """Return why a request is refused, or None; header names must be in lower case."""
    if method != b"GET":
        return _WRONG_METHOD
    if len(headers) > MOST_HEADERS:
        return _TOO_MANY
    if not read_port(headers):
        return refuse_host(port)
    for name, _value in headers:
        if name in _FROM_BROWSERS or name in _FROM_PROXIES or name.startswith(_PREFIXES):
            return Refusal(403, "Forwarded", f"a request with the header {name.decode('ascii')} is not answered")
    return _WITH_BODY if _has_body(headers) else None


def read_port(headers: Headers) -> int:
    """Return the port in the Host header; 0 if that is not this machine's own address, or not there exactly once."""
    address, _colon, port = b",".join(read_headers(headers, b"host")).partition(b":")
    is_port = port.isdigit() and not port.startswith(b"0") and len(port) <= _LONGEST_PORT
    return int(port) if is_port and address == HOST.encode() else 0


def refuse_host(port: int) -> Refusal:
    """Return why a request with another Host header than that of this port is refused."""
    return Refusal(403, "WrongHost", f"the Host header is not {HOST}:{port}")


def refuse_after(until: int) -> Refusal:
    """Return why what was lent until then, in epoch seconds, is no longer given."""
    return Refusal(403, "LendEnded", f"this was lent until {time.strftime(UTC, time.gmtime(until))}")


def read_headers(headers: Headers, wanted: bytes) -> list[bytes]:
    """Return the value of each header with this name."""
    return [value for name, value in headers if name == wanted]


def _has_body(headers: Headers) -> bool:
    lengths = read_headers(headers, b"content-length")
    return bool(read_headers(headers, b"transfer-encoding")) or any(length != b"0" for length in lengths)
