"""The page that redirects a browser to a secret URL: the first visitor who knows its address, and nobody else."""

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
    """Return the status of the page's answer, and where it redirects to."""
    parts = urlsplit(page)
    line = HTTPConnection(parts.netloc, timeout=10)
    line.request(method, path or parts.path, headers={"Host": host} if host else {})
    answer = line.getresponse()
    line.close()
    return answer.status, answer.getheader("Location")


def test_only_the_first_visitor_is_redirected(page: str) -> None:
    """Earlier failures do not use it up: a guessed path, another Host, another method."""
    port = urlsplit(page).port
    assert visit(page, path="/")[0] == 404
    assert visit(page, path=urlsplit(page).path[:-1])[0] == 404
    assert visit(page, path=f"{urlsplit(page).path}?x")[0] == 404
    assert visit(page, host=f"evil.example:{port}")[0] == 404
    assert visit(page, method="POST")[0] == 501
    assert visit(page) == (302, str(TARGET))


def test_one_of_many_visitors_at_once_is_redirected(page: str) -> None:
    """Whoever reads the address in a list of processes and comes at the same moment shares nothing."""
    parts = urlsplit(page)
    visitors = [socket.create_connection(("127.0.0.1", parts.port or 0), timeout=10) for _ in range(8)]
    time.sleep(0.3)  # each is heard by now
    for visitor in visitors:
        visitor.sendall(f"GET {parts.path} HTTP/1.1\r\nHost: {parts.netloc}\r\n\r\n".encode())
    answers = [visitor.makefile("rb").readline().split()[1] for visitor in visitors]
    for visitor in visitors:
        visitor.close()
    assert sorted(answers) == [b"302", *[b"404"] * 7]


def test_a_silent_connection_does_not_block_the_page(page: str) -> None:
    """Browsers open some in advance."""
    parts = urlsplit(page)
    with socket.create_connection(("127.0.0.1", parts.port or 0)):
        assert visit(page)[0] == 302


_ASK_AS_ANOTHER_USER = """
import socket, sys
host, port, path = sys.argv[1:]
line = socket.create_connection((host, int(port)), timeout=10)
line.sendall(f"GET {path} HTTP/1.1\\r\\nHost: 127.0.0.1:{port}\\r\\n\\r\\n".encode())
print(line.makefile("rb").readline().decode())
"""


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can run a program as another user")
@pytest.mark.parametrize("host", ["127.0.0.1", "::ffff:127.0.0.1"])
def test_another_user_of_this_machine_is_not_redirected(page: str, host: str) -> None:
    """Anybody can read the address in a list of processes; the second spelling is in the system's IPv6 table only."""
    parts = urlsplit(page)
    words = ["/usr/bin/env", "python3", "-I", "-c", _ASK_AS_ANOTHER_USER, host, str(parts.port), parts.path]
    other = subprocess.run(words, user=65534, capture_output=True, check=False, cwd="/")
    assert b" 404 " in other.stdout, other.stderr
    assert visit(page)[0] == 302


@pytest.mark.parametrize("host", ["127.0.0.1", "::ffff:127.0.0.1"])
def test_this_user_is_redirected_however_the_host_is_spelled(page: str, host: str) -> None:
    """A browser may connect by an IPv6 socket."""
    parts = urlsplit(page)
    with socket.create_connection((host, parts.port or 0), timeout=10) as line:
        line.sendall(f"GET {parts.path} HTTP/1.1\r\nHost: {parts.netloc}\r\n\r\n".encode())
        assert line.makefile("rb").readline().split()[1] == b"302"


def test_the_wait_ends_without_a_visitor() -> None:
    """After the time given."""
    with OneTimeRedirect(TARGET) as handover:
        assert not handover.wait(0.3)
