"""Garbled requests to the endpoint: none of them gets credentials, and it goes on to answer good ones."""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING

from tests.full_size import Note, scale
from tests.providers.mutators import mutate_bytes

if TYPE_CHECKING:
    from tests.endpoint.serving import Serving

REQUESTS = scale(20_000)


def test_no_garbled_request_gets_credentials(serving: Serving, record_property: Note) -> None:
    """Made from a good one with a wrong token, and from one that follows a refused one on the same connection."""
    right = serving.headers["Authorization"]
    wrong = right[:-1] + ("A" if right[-1] != "A" else "B")
    lines = [f"GET {serving.path} HTTP/1.1", f"Host: {serving.headers['Host']}", f"Authorization: {wrong}", "", ""]
    request = "\r\n".join(lines).encode()
    chance = Random(REQUESTS)  # noqa: S311 - the same requests in every run
    for number in range(REQUESTS):
        sent = mutate_bytes(request * (1 + number % 2), chance)
        answer = exchange(serving, sent)
        assert b"AccessKeyId" not in answer, sent
        assert b" 200 " not in answer.partition(b"\r\n")[0], sent
    record_property("runs", REQUESTS)
    assert serving.ask().status == 200


def exchange(serving: Serving, sent: bytes) -> bytes:
    """Send bytes and nothing more, and return everything that arrives."""
    with serving.connect() as line:
        try:
            line.sendall(sent)
            line.shutdown(1)
            return line.makefile("rb").read()
        except OSError:  # it hung up before it had everything
            return b""
