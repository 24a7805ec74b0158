"""Requests that a web page, a proxy or another user of this machine might send: they get no credentials."""

from __future__ import annotations

import os
import socket
from functools import partial
from typing import TYPE_CHECKING

import pytest

from tests.login.loopback_visitors import SPELLINGS
from tests.storage.child_processes import NOBODY, in_child

if TYPE_CHECKING:
    from tests.endpoint.serving import Serving

PROXIED = (
    *("Forwarded", "Via", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Forwarded-Port"),
    *("X-Forwarded", "X-Real-IP", "True-Client-IP", "Client-IP", "CF-Connecting-IP", "Proxy-Connection"),
)
FROM_PAGES = ("Origin", "Referer", "Cookie", "Sec-Fetch-Site", "Sec-Fetch-Mode", "Access-Control-Request-Method")


def test_a_valid_request_gets_a_session(serving: Serving) -> None:
    """The answer has the fields that AWS documents, and may not be cached."""
    reply = serving.ask()
    assert reply.status == 200
    assert "Cache-Control: no-store\r\n" in reply.text
    assert set(reply.document) == {"AccessKeyId", "SecretAccessKey", "Token", "Expiration", "AccountId"}
    assert reply.document["AccountId"] == "111122223333"


@pytest.mark.parametrize("name", [*PROXIED, *FROM_PAGES])
@pytest.mark.parametrize("spell", [str, str.lower, str.upper], ids=["as usual", "lower", "upper"])
def test_headers_of_browsers_and_proxies_are_refused(serving: Serving, name: str, spell: type[str]) -> None:
    """This applies to any value and any capitalization."""
    assert [serving.ask(**{spell(name): value}).status for value in ("x", "127.0.0.1", "null")] == [403, 403, 403]


@pytest.mark.parametrize(
    "host",
    [
        *("evil.example:PORT", "localhost:PORT", "127.0.0.1", "127.0.0.1:1", "127.1:PORT", "127.0.0.2:PORT", ""),
        *("[::1]:PORT", "2130706433:PORT", "127.0.0.1.:PORT", "127.0.0.1:PORT.evil.example", "x@127.0.0.1:PORT"),
        *("127.0.0.1:0PORT", "127.0.0.1:PORT, evil.example", "169.254.170.2"),
    ],
)
def test_any_other_host_is_refused(serving: Serving, host: str) -> None:
    """A web page whose hostname was rebound to 127.0.0.1 sends that hostname."""
    assert serving.ask(Host=host.replace("PORT", str(serving.port))).status in (400, 403)


def test_a_request_must_have_exactly_one_host_header(serving: Serving) -> None:
    """Neither none, as HTTP/1.0 allows, nor two are accepted."""
    token = serving.headers["Authorization"]
    for version, hosts in (("1.0", []), ("1.1", []), ("1.1", [serving.headers["Host"], "evil.example"])):
        lines = [f"GET {serving.path} HTTP/{version}", f"Authorization: {token}", *(f"Host: {host}" for host in hosts)]
        assert serving.send("\r\n".join([*lines, "", ""]).encode()).status in (400, 403)


@pytest.mark.parametrize("method", ["POST", "PUT", "HEAD", "OPTIONS", "DELETE", "PATCH", "CONNECT", "TRACE", "get"])
def test_only_get_is_answered(serving: Serving, method: str) -> None:
    """A web page's form can POST, and browsers send OPTIONS first for its scripts."""
    reply = serving.ask(method)
    assert reply.status == 405
    assert "AccessKeyId" not in reply.text
    assert "Access-Control-Allow" not in reply.text


@pytest.mark.parametrize("change", ["", "?", "/", "?a=b", "%2f", "x", "#x"])
def test_a_wrong_path_gets_nothing(serving: Serving, change: str) -> None:
    """Not even with the right token."""
    for path in ("/", serving.path[:-1], f"http://127.0.0.1:{serving.port}{serving.path}", f"/{serving.path}"):
        assert serving.ask(path=f"{path}{change}").status in (400, 404)
    if change:
        assert serving.ask(path=f"{serving.path}{change}").status in (400, 404)


def test_a_wrong_token_gets_nothing(serving: Serving) -> None:
    """Neither does a missing token, two tokens, or the right one in another form."""
    right = serving.headers["Authorization"]
    assert len(right) >= 43  # 32 bytes
    for wrong in ("", right[:-1], f"{right}x", right.swapcase(), f"Bearer {right}", "é", "x" * 5000):
        assert serving.ask(Authorization=wrong).status == 401, wrong
    assert serving.ask(authorization=right).status == 401  # in addition to the header with a capital letter
    bare = f"GET {serving.path} HTTP/1.1\r\nHost: 127.0.0.1:{serving.port}\r\nConnection: close\r\n\r\n"
    assert serving.send(bare.encode()).status == 401


@pytest.mark.parametrize("body", ["Content-Length: 2", "Transfer-Encoding: chunked"])
def test_a_request_with_a_body_is_refused(serving: Serving, body: str) -> None:
    """The answer does not wait for the body."""
    name, _, value = body.partition(": ")
    assert serving.ask(**{name: value}).status == 400
    assert serving.ask(**{name: value, "Expect": "100-continue"}).status == 400


@pytest.mark.parametrize("host", SPELLINGS[:2])
def test_another_user_with_the_token_gets_nothing(serving: Serving, host: str) -> None:
    """The system tells which user has opened a connection, including one over an IPv6 socket."""
    headers = "".join(f"{name}: {value}\r\n" for name, value in serving.headers.items())
    request = f"GET {serving.path} HTTP/1.1\r\n{headers}Connection: close\r\n\r\n".encode()
    for user, status in ((NOBODY, 403), (0, 200)):
        answer = in_child(partial(_ask_as, user, host, serving.port, request))
        assert answer.startswith(f"HTTP/1.1 {status} ")


def _ask_as(user: int, host: str, port: int, request: bytes) -> str:
    os.setgroups([])
    os.setresgid(user, user, user)
    os.setresuid(user, user, user)
    with socket.create_connection((host, port), timeout=10) as line:
        line.sendall(request)
        return line.makefile("rb").read().decode()
