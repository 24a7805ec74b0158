"""Clients that send too much, too little or too slowly do not affect other clients."""

from __future__ import annotations

import time
from contextlib import ExitStack
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    import socket

    from tests.endpoint.serving import Serving

MIB = 1 << 20


def ask_in_time(serving: Serving, seconds: float = 2) -> None:
    """Send a valid request, and check that the answer comes in time."""
    start = time.monotonic()
    assert serving.ask().status == 200
    assert time.monotonic() - start < seconds


@pytest.mark.parametrize("sent", [b"", b"G", b"GET /x HTTP/1.1\r\nHost: "], ids=["nothing", "a letter", "a line"])
def test_300_requests_that_never_end_hold_up_nobody(serving: Serving, sent: bytes) -> None:
    """The endpoint hangs up on all of them within seconds."""
    with ExitStack() as stack:
        lines = [stack.enter_context(serving.connect()) for _ in range(300)]
        for line in lines:
            line.sendall(sent)
        for _ in range(5):
            ask_in_time(serving)
        start = time.monotonic()
        assert {_read_end(line) for line in lines} == {b""}
        assert time.monotonic() - start < 10


def test_too_many_connections_do_not_delay_other_clients(serving: Serving) -> None:
    """The endpoint closes the oldest idle connection."""
    with ExitStack() as stack:
        lines = [stack.enter_context(serving.connect()) for _ in range(700)]
        ask_in_time(serving)
        assert _read_end(lines[0]) == b""


def test_a_request_that_trickles_in_is_cut_off(serving: Serving) -> None:
    """Sending another byte now and then does not extend the limit."""
    with serving.connect() as line:
        start = time.monotonic()
        with pytest.raises(ConnectionError):
            _drip(line, "GET / HTTP/1.1\r\nX-Slow: " + "x" * 100)
        assert time.monotonic() - start < 10


@pytest.mark.parametrize(
    "request_text",
    ["GET /{x} HTTP/1.1\r\n", "GET / HTTP/1.1\r\nX: {x}", "GET / HTTP/1.1\r\n{lines}\r\n", "{x}", "\r\n{lines}"],
)
def test_a_request_of_a_mebibyte_is_refused(serving: Serving, request_text: str) -> None:
    """It makes no difference which part of it is so large."""
    data = request_text.replace("{x}", "x" * MIB).replace("{lines}", "A: b\r\n" * (MIB // 6)).encode()
    assert serving.send(data).status in (0, 400, 431)
    ask_in_time(serving)


def test_a_request_with_too_many_headers_is_refused(serving: Serving) -> None:
    """Thirty are accepted; SDKs send five."""
    assert serving.ask(**{f"X-{number}": "x" for number in range(30)}).status == 200
    assert serving.ask(**{f"X-{number}": "x" for number in range(100)}).status == 431


def test_requests_on_one_connection_are_answered_in_turn(serving: Serving) -> None:
    """This works even if they arrive together, and the connection stays open for more."""
    headers = "".join(f"{name}: {value}\r\n" for name, value in serving.headers.items())
    request = f"GET {serving.path} HTTP/1.1\r\n{headers}\r\n".encode()
    with serving.connect() as line:
        stream = line.makefile("rb")
        for count in (1, 3, 20):
            line.sendall(request * count)
            for _ in range(count):
                assert stream.readline() == b"HTTP/1.1 200 \r\n"
                length = next(int(text[16:]) for text in stream if text.startswith(b"Content-Length: "))
                assert next(stream) == b"\r\n"
                assert len(stream.read(length)) == length


def test_a_client_that_reads_nothing_is_hung_up_on(serving: Serving) -> None:
    """Otherwise its unread answers would pile up in the endpoint."""
    headers = "".join(f"{name}: {value}\r\n" for name, value in serving.headers.items())
    request = f"GET {serving.path} HTTP/1.1\r\n{headers}\r\n".encode()
    with serving.connect() as line, pytest.raises((ConnectionError, TimeoutError)):
        _flood(line, request * 50)
    ask_in_time(serving, 5)


def _drip(line: socket.socket, text: str) -> None:
    for letter in text:
        line.sendall(letter.encode())
        time.sleep(0.2)


def _flood(line: socket.socket, data: bytes) -> None:
    line.settimeout(3)
    for _ in range(2000):
        line.sendall(data)


def _read_end(line: socket.socket) -> bytes:
    try:
        return line.recv(1)
    except ConnectionError:
        return b""
