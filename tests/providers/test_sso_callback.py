"""The page to which the browser returns: it accepts one answer, from whoever knows the state, and never blocks."""

from __future__ import annotations

import socket
import threading
import time
from http.client import HTTPConnection
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import urlencode, urlsplit

import pytest

from shellvault.ui.oauth_callback import OAuthCallback
from tests.login.loopback_visitors import SPELLINGS, hide_proc, visit_as_nobody
from tests.storage.child_processes import NOBODY, in_child

if TYPE_CHECKING:
    from collections.abc import Iterator

STATE = "right"
PATH = "/oauth/callback"


class WaitingPage(NamedTuple):
    """A page that a thread waits on; `answers` gets what `wait` returned."""

    port: int
    thread: threading.Thread
    answers: list[dict[str, str] | None]
    notices: list[str]

    @property
    def address(self) -> tuple[str, int]:
        """The address it listens on."""
        return "127.0.0.1", self.port

    def ask(self, method: str = "GET", path: str = PATH, form: str = "code=x", **query: str) -> int:
        """Send a request like a browser, and return the status."""
        connection = HTTPConnection("127.0.0.1", self.port, timeout=10)
        connection.request(
            method, f"{path}?{urlencode(query)}" if query else path, body=form if method == "POST" else None
        )
        status = connection.getresponse().status
        connection.close()
        return status

    def wait_for_answer(self) -> dict[str, str] | None:
        """Return the answer that the page accepted."""
        self.thread.join(timeout=10)
        return self.answers[0]


def request(port: int, code: str) -> bytes:
    """Return a browser's request with an authorization code."""
    return f"GET {PATH}?code={code}&state={STATE} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\r\n".encode()


def ignore(_notice: str) -> None:
    """Ignore a notice."""


@pytest.fixture
def page() -> Iterator[WaitingPage]:
    """Return a page that a thread waits on until there is an answer."""
    notices: list[str] = []
    with OAuthCallback(notices.append) as callback:
        answers: list[dict[str, str] | None] = []
        thread = threading.Thread(target=lambda: answers.append(callback.wait(STATE, 20)))
        thread.start()
        waiting = WaitingPage(urlsplit(callback.url).port or 0, thread, answers, notices)
        yield waiting
        if thread.is_alive():
            waiting.ask(state=STATE, code="end")
        thread.join()


@pytest.mark.parametrize(
    ("method", "path", "query", "status"),
    [
        ("GET", PATH, {"code": "evil", "state": "wrong"}, 404),
        ("GET", PATH, {"code": "evil", "state": "ü"}, 404),
        ("GET", PATH, {"code": "evil"}, 404),
        ("GET", PATH, {}, 404),
        ("GET", "/", {"code": "evil", "state": STATE}, 404),
        ("GET", "/oauth/callback/", {"code": "evil", "state": STATE}, 404),
        ("POST", PATH, {"code": "evil", "state": STATE}, 501),
        ("PUT", PATH, {"code": "evil", "state": STATE}, 501),
        ("GET", PATH, {"code": "e" * 70000, "state": STATE}, 414),
    ],
)
def test_other_requests_are_refused(
    page: WaitingPage, method: str, path: str, query: dict[str, str], status: int
) -> None:
    """A wrong or missing state, another path or method, a long query; the browser still gets through."""
    assert page.ask(method, path, **query) == status
    assert page.answers == []
    assert page.ask(code="good", state=STATE) == 200
    assert page.wait_for_answer() == {"code": "good", "state": STATE}


def test_the_right_state_is_accepted_once() -> None:
    """A second answer changes nothing."""
    with OAuthCallback(ignore) as callback:
        port = urlsplit(callback.url).port or 0
        for code in ("first", "second"):
            with socket.create_connection(("127.0.0.1", port)) as browser:
                browser.sendall(request(port, code))
                assert callback.wait(STATE, 5) == {"code": "first", "state": STATE}


@pytest.mark.parametrize("host", SPELLINGS)
@pytest.mark.parametrize("query", ["code=evil", "error=access_denied"])
def test_another_user_can_neither_answer_nor_end_the_wait(page: WaitingPage, host: str, query: str) -> None:
    """The browser's command line shows the state to everybody. The user is told about the visit."""
    path = f"{PATH}?{query}&state={STATE}"
    assert visit_as_nobody(host, page.port, path).startswith("HTTP/1.0 404 ")
    visit_as_nobody(host, page.port, path, waits=False)
    assert f"(uid {NOBODY})" in page.notices[0]
    assert page.answers == []
    assert page.ask(code="good", state=STATE) == 200
    assert page.wait_for_answer() == {"code": "good", "state": STATE}


def test_the_browser_needs_a_code_if_visitors_cannot_be_identified() -> None:
    """The page asks for the code before it accepts the answer, and keeps the query."""

    def child() -> tuple[list[int], list[dict[str, str] | None]]:
        hide_proc()
        notices: list[str] = []
        answers: list[dict[str, str] | None] = []
        with OAuthCallback(notices.append) as callback:
            thread = threading.Thread(target=lambda: answers.append(callback.wait(STATE, 10)))
            thread.start()
            page = WaitingPage(urlsplit(callback.url).port or 0, thread, answers, notices)
            seen = [page.ask(code="good", state="wrong"), page.ask(code="good", state=STATE)]
            code = notices[0][-9:]
            for typed in ("AAAA-AAAA", code):
                assert answers == []
                seen.append(page.ask("POST", code="good", state=STATE, form=f"code={typed}"))
            thread.join()
        return seen, answers

    assert in_child(child) == ([404, 200, 200, 200], [{"code": "good", "state": STATE}])


def test_another_host_is_refused(page: WaitingPage) -> None:
    """A web page could use a hostname that resolves to this machine."""
    with socket.create_connection(page.address) as line:
        line.sendall(f"GET {PATH}?code=evil&state={STATE} HTTP/1.1\r\nHost: evil.example\r\n\r\n".encode())
        assert line.makefile("rb").readline().split()[1] == b"404"
    assert page.answers == []


def test_silent_connections_do_not_block_the_page(page: WaitingPage) -> None:
    """Browsers open some in advance; one after the other they would cost two seconds each."""
    silent = [socket.create_connection(page.address) for _ in range(60)]
    begun = time.monotonic()
    assert page.ask(code="good", state=STATE) == 200
    assert time.monotonic() - begun < 2
    assert page.wait_for_answer() == {"code": "good", "state": STATE}
    for each in silent:
        each.close()


def test_half_a_request_does_not_block_the_page(page: WaitingPage) -> None:
    """Nor does one that is not HTTP."""
    with (
        socket.create_connection(page.address) as half,
        socket.create_connection(page.address) as strange,
    ):
        half.sendall(f"GET {PATH}?state={STATE}".encode())
        strange.sendall(b"\x16\x03\x01\x00\xff\xff\n\n")
        assert page.ask(code="good", state=STATE) == 200
    assert page.wait_for_answer() == {"code": "good", "state": STATE}


def test_the_code_of_a_browser_that_hangs_up_is_accepted(page: WaitingPage) -> None:
    """A user who closes the page at once is signed in."""
    with socket.create_connection(page.address) as hasty:
        time.sleep(0.3)  # while the connection is open, the system can tell whose it is
        hasty.sendall(request(page.port, "good"))
    assert page.wait_for_answer() == {"code": "good", "state": STATE}


def test_many_requests_at_once_are_all_answered(page: WaitingPage) -> None:
    """Fifty with the wrong state, and then the right one."""
    found: list[int] = []
    threads = [threading.Thread(target=lambda: found.append(page.ask(code="evil", state="wrong"))) for _ in range(50)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [404] * 50
    assert page.ask(code="good", state=STATE) == 200
    assert page.wait_for_answer() == {"code": "good", "state": STATE}


def test_the_page_listens_on_one_loopback_address(page: WaitingPage) -> None:
    """And on no other."""
    with pytest.raises(OSError, match=r"refused|[Uu]nreachable|timed out|assign"):
        socket.create_connection(("127.0.0.2", page.port), timeout=2)


def test_the_wait_ends_and_leaves_nothing_behind() -> None:
    """No answer, no port and no thread."""
    before = threading.active_count()
    with OAuthCallback(ignore) as callback:
        begun = time.monotonic()
        assert callback.wait(STATE, 0.3) is None
        assert 0.2 < time.monotonic() - begun < 3
        port = urlsplit(callback.url).port
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port or 0))
    assert threading.active_count() == before
