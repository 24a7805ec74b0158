"""The page that sends a browser to a secret URL: to the first visitor who knows it, and to nobody else."""

from __future__ import annotations

import os
import socket
import subprocess
import threading
import time
from http.client import HTTPConnection
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

from shellvault.core.record import Secret
from shellvault.ui.one_time_redirect import OneTimeRedirect

if TYPE_CHECKING:
    from collections.abc import Iterator

TARGET = Secret("https://signin.example/federation?SigninToken=secret")


@pytest.fixture
def page() -> Iterator[str]:
    """Return the address of a page that is served until the test ends."""
    with OneTimeRedirect(TARGET) as handover:
        serving = threading.Thread(target=handover.wait, args=(3,))
        serving.start()
        yield handover.url
        serving.join()


def visit(page: str, path: str = "", host: str = "", method: str = "GET") -> tuple[int, str | None]:
    """Return the status that a page answers with, and where it leads."""
    parts = urlsplit(page)
    line = HTTPConnection(parts.netloc, timeout=10)
    line.request(method, path or parts.path, headers={"Host": host} if host else {})
    answer = line.getresponse()
    line.close()
    return answer.status, answer.getheader("Location")


def test_the_first_visitor_is_sent_on_and_no_other(page: str) -> None:
    """Whatever others try before does not use it up: a guessed path, a foreign Host, another method."""
    port = urlsplit(page).port
    assert visit(page, path="/")[0] == 404
    assert visit(page, path=urlsplit(page).path[:-1])[0] == 404
    assert visit(page, path=f"{urlsplit(page).path}?x")[0] == 404
    assert visit(page, host=f"evil.example:{port}")[0] == 404
    assert visit(page, method="POST")[0] == 501
    assert visit(page) == (302, str(TARGET))


def test_of_many_visitors_at_once_one_is_sent_on(page: str) -> None:
    """Who read the address in a list of processes and comes at the same moment shares nothing with the browser."""
    parts = urlsplit(page)
    visitors = [socket.create_connection(("127.0.0.1", parts.port or 0), timeout=10) for _ in range(8)]
    time.sleep(0.3)  # each is heard by now
    for visitor in visitors:
        visitor.sendall(f"GET {parts.path} HTTP/1.1\r\nHost: {parts.netloc}\r\n\r\n".encode())
    answers = [visitor.makefile("rb").readline().split()[1] for visitor in visitors]
    for visitor in visitors:
        visitor.close()
    assert sorted(answers) == [b"302", *[b"404"] * 7]


def test_a_connection_that_says_nothing_keeps_nobody_waiting(page: str) -> None:
    """Browsers open some ahead of need."""
    parts = urlsplit(page)
    with socket.create_connection(("127.0.0.1", parts.port or 0)):
        assert visit(page)[0] == 302


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can come as somebody else")
def test_another_user_of_this_machine_is_not_sent_on(page: str) -> None:
    """Who reads the address in a list of processes may be anybody."""
    code = f"import urllib.request as u; print(u.build_opener(u.ProxyHandler({{}})).open({page!r}).status)"
    other = subprocess.run(
        ["/usr/bin/env", "python3", "-I", "-c", code], user=65534, capture_output=True, check=False, cwd="/"
    )
    assert b"HTTP Error 404" in other.stderr
    assert visit(page)[0] == 302


def test_nobody_comes() -> None:
    """The wait ends."""
    with OneTimeRedirect(TARGET) as handover:
        assert not handover.wait(0.3)
