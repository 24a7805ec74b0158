"""Which requests the endpoint accepts, whatever claim they name. Pure.

A web page can make the browser send requests to this machine, even through a host name of its own that resolves to
127.0.0.1, and a proxy can forward anyone's requests. Neither can leave out the headers that give it away here.
"""

from __future__ import annotations

from shellvault.core.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    Headers = Sequence[tuple[bytes, bytes]]

MOST_BYTES = 16 << 10
"""The most bytes of a request."""
MOST_HEADERS = 64
HOST = "127.0.0.1"

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
_WRONG_METHOD = Refusal(405, "MethodNotAllowed", "only GET is answered")
_WITH_BODY = Refusal(400, "BadRequest", "a request must not have a body")
_TOO_MANY = Refusal(431, "TooManyHeaders", f"a request may have at most {MOST_HEADERS} headers")


def check_request(method: bytes, headers: Headers, port: int) -> Refusal | None:
    """Return why a request is refused, or None; header names must be in lower case."""
    if method != b"GET":
        return _WRONG_METHOD
    if len(headers) > MOST_HEADERS:
        return _TOO_MANY
    if read_headers(headers, b"host") != [f"{HOST}:{port}".encode()]:
        return Refusal(403, "WrongHost", f"the Host header is not {HOST}:{port}")
    for name, _value in headers:
        if name in _FROM_BROWSERS or name in _FROM_PROXIES or name.startswith(_PREFIXES):
            return Refusal(403, "Forwarded", f"a request with the header {name.decode('ascii')} is not answered")
    return _WITH_BODY if _has_body(headers) else None


def read_headers(headers: Headers, wanted: bytes) -> list[bytes]:
    """Return the value of each header with this name."""
    return [value for name, value in headers if name == wanted]


def _has_body(headers: Headers) -> bool:
    lengths = read_headers(headers, b"content-length")
    return bool(read_headers(headers, b"transfer-encoding")) or any(length != b"0" for length in lengths)
