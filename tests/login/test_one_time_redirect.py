"""The page that redirects a browser to a secret URL: the first visitor who knows its address, and nobody else."""

from __future__ import annotations

import re
import socket
import threading
import time
from http.client import HTTPConnection
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import urlsplit

import pytest

from shellvault.core.record import Secret
from shellvault.ui.one_time_redirect import OneTimeRedirect
from tests.login.loopback_visitors import SPELLINGS, hide_proc, visit_as_nobody
from tests.storage.child_processes import NOBODY, in_child

if TYPE_CHECKING:
    from collections.abc import Iterator

TARGET = Secret("https://signin.example/federation?SigninToken=secret")


class ServedPage(NamedTuple):
    """A page's address, and what the user was told about its visitors."""

    url: str
    notices: list[str]


@pytest.fixture
def page() -> Iterator[ServedPage]:
    """Return a page that is served until the test ends."""
    notices: list[str] = []
    with OneTimeRedirect(TARGET, notices.append) as handover:
        serving = threading.Thread(target=handover.wait, args=(3,))
        serving.start()
        yield ServedPage(handover.url, notices)
        serving.join()


def visit(
    page: str, path: str = "", host: str = "", method: str = "GET", body: str | None = None
) -> tuple[int, str | None]:
    """Return the status of the page's answer, and where it redirects to."""
    parts = urlsplit(page)
    line = HTTPConnection(parts.netloc, timeout=10)
    line.request(method, path or parts.path, body, headers={"Host": host} if host else {})
    answer = line.getresponse()
    line.close()
    return answer.status, answer.getheader("Location")


def test_only_the_first_visitor_is_redirected(page: ServedPage) -> None:
    """Earlier failures do not use it up: a wrong path, another Host, or another method."""
    port = urlsplit(page.url).port
    assert visit(page.url, path="/")[0] == 404
    assert visit(page.url, path=urlsplit(page.url).path[:-1])[0] == 404
    assert visit(page.url, path=f"{urlsplit(page.url).path}?x")[0] == 404
    assert visit(page.url, host=f"evil.example:{port}")[0] == 404
    assert visit(page.url, method="POST")[0] == 501
    assert visit(page.url) == (302, str(TARGET))


def test_only_one_of_many_simultaneous_visitors_is_redirected(page: ServedPage) -> None:
    """Another who finds the address in the process list and connects at the same moment gets a 404."""
    parts = urlsplit(page.url)
    visitors = [socket.create_connection(("127.0.0.1", parts.port or 0), timeout=10) for _ in range(8)]
    time.sleep(0.3)  # each is heard by now
    for visitor in visitors:
        visitor.sendall(f"GET {parts.path} HTTP/1.1\r\nHost: {parts.netloc}\r\n\r\n".encode())
    answers = [visitor.makefile("rb").readline().split()[1] for visitor in visitors]
    for visitor in visitors:
        visitor.close()
    assert sorted(answers) == [b"302", *[b"404"] * 7]


def test_a_silent_connection_does_not_block_the_page(page: ServedPage) -> None:
    """Browsers open some connections in advance."""
    parts = urlsplit(page.url)
    with socket.create_connection(("127.0.0.1", parts.port or 0)):
        assert visit(page.url)[0] == 302


@pytest.mark.parametrize("host", SPELLINGS)
def test_another_user_of_this_machine_is_not_redirected(page: ServedPage, host: str) -> None:
    """Anybody can see the address in the process list. The user is told once, and the page is not used up."""
    parts = urlsplit(page.url)
    for _ in range(2):
        assert visit_as_nobody(host, parts.port or 0, parts.path).startswith("HTTP/1.0 404 ")
    assert [f"(uid {NOBODY})" in notice for notice in page.notices] == [True]
    assert visit(page.url)[0] == 302


def test_another_user_who_only_guesses_is_not_reported(page: ServedPage) -> None:
    """A port scanner does not know the path."""
    assert visit_as_nobody("127.0.0.1", urlsplit(page.url).port or 0, "/").startswith("HTTP/1.0 404 ")
    assert page.notices == []


@pytest.mark.parametrize("host", SPELLINGS)
def test_another_user_who_hangs_up_does_not_end_the_wait(host: str) -> None:
    """Once a connection is closed, the system no longer says whose it was, and older kernels say root's."""
    with OneTimeRedirect(TARGET, lambda _notice: None) as handover:
        parts = urlsplit(handover.url)
        assert visit_as_nobody(host, parts.port or 0, parts.path, waits=False) == ""
        assert not handover.wait(1.5)


@pytest.mark.parametrize("host", ["127.0.0.1", "::ffff:127.0.0.1"])
def test_this_user_is_redirected_for_every_spelling_of_the_host(page: ServedPage, host: str) -> None:
    """A browser may connect through an IPv6 socket."""
    parts = urlsplit(page.url)
    with socket.create_connection((host, parts.port or 0), timeout=10) as line:
        line.sendall(f"GET {parts.path} HTTP/1.1\r\nHost: {parts.netloc}\r\n\r\n".encode())
        assert line.makefile("rb").readline().split()[1] == b"302"


def test_the_wait_ends_without_a_visitor() -> None:
    """After the time given."""
    with OneTimeRedirect(TARGET, lambda _notice: None) as handover:
        assert not handover.wait(0.3)


def test_the_browser_needs_a_code_if_visitors_cannot_be_identified() -> None:
    """Only the terminal shows it. The page asks for it, and ignores spaces, dashes and case."""

    def child() -> list[object]:
        hide_proc()
        notices: list[str] = []
        with OneTimeRedirect(TARGET, notices.append) as handover:
            serving = threading.Thread(target=handover.wait, args=(10,))
            serving.start()
            url = handover.url
            seen: list[object] = [visit(url), visit(url, method="POST", body="code=AAAA-AAAA"), visit(url, path="/")]
            (code,) = re.findall(r"type (\w{4}-\w{4})$", notices[0])
            assert code not in url
            seen.append(visit(url, method="POST", body=f"code={code.lower().replace('-', '+')}+"))
            seen.append(visit(url, method="POST", body=f"code={code}"))
            serving.join()
        return [*seen, len(notices)]

    assert in_child(child) == [(200, None), (200, None), (404, None), (302, str(TARGET)), (404, None), 1]
