"""Serves a page to the user's browser on this machine, at a loopback address and a port that the system chooses.

Every user of the machine can connect to it, and can read its address in a list of processes. So we ask the system
who a visitor is. If it cannot tell, the page asks for a code that only the user's terminal shows.
"""

from __future__ import annotations

import hmac
import secrets
import socketserver
import threading
import time
from http.server import BaseHTTPRequestHandler
from typing import TYPE_CHECKING, Self
from urllib.parse import parse_qs

from shellvault.core.record import Record
from shellvault.system.loopback_sockets import find_owner, is_trusted_owner

if TYPE_CHECKING:
    from collections.abc import Callable

_HOST = "127.0.0.1"
_POLL = 0.2  # seconds between two looks for Ctrl-C
_PAGE = "<!doctype html><meta charset=utf-8><title>shellvault</title><p>%s\n"
_LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
_CODE_LENGTH = 8
_LONGEST_FORM = 100  # bytes
_FORM = (
    "<form method=post>Type the code that shellvault shows in your terminal: "
    "<input name=code size=12 autofocus autocomplete=off> <button>Continue</button></form>"
)


class Visit(Record):
    """A request: its path with the query, its Host header, the code in its form, and the visitor's user id."""

    path: str
    host: str
    code: str
    user: int | None


class Reply(Record):
    """What a visitor gets: a status with a sentence, or a URL to go to. The last reply ends the wait."""

    status: int
    text: str = ""
    location: str = ""
    is_last: bool = False


NOTHING_HERE = Reply(404, "There is nothing here.")
_NO_SUCH_METHOD = Reply(501, "There is nothing here.")


class LoopbackPage:
    """A context in which the page is served; `host` is its host and port.

    Args:
        expects: returns whether a path is one that only the user's browser should know.
        respond: returns the reply to the user's browser. Both are called from several threads at once.
        notice: tells the user something.
    """

    def __init__(
        self, expects: Callable[[str], bool], respond: Callable[[str], Reply], notice: Callable[[str], None]
    ) -> None:
        self._expects = expects
        self._respond = respond
        self._notice = notice
        self._code = "".join(secrets.choice(_LETTERS) for _ in range(_CODE_LENGTH))
        self._told: set[str] = set()
        self._telling = threading.Lock()

    def __enter__(self) -> Self:
        self._server = _PageServer((_HOST, 0), _PageHandler)
        self._server.timeout = _POLL
        self._server.reply = self._reply
        self.host = f"{_HOST}:{self._server.server_address[1]}"
        return self

    def __exit__(self, *_raised: object) -> None:
        self._server.server_close()

    def wait(self, patience: float) -> bool:
        """Serve until the last reply was sent; return whether that was within `patience` seconds."""
        end = time.monotonic() + patience
        while not self._server.is_done and time.monotonic() < end:
            self._server.handle_request()
        return self._server.is_done

    def _reply(self, visit: Visit) -> Reply:
        """Reply to a visitor, and let nobody but the user's browser learn anything, answer, or end the wait."""
        if visit.host != self.host or not self._expects(visit.path):
            return NOTHING_HERE
        if visit.user is None:
            return self._respond(visit.path) if self._knows_code(visit) else self._ask_for_code()
        if not is_trusted_owner(visit.user):
            self._tell(
                f"another user of this machine (uid {visit.user}) asked for the page that was meant for your browser, "
                "and was refused"
            )
            return NOTHING_HERE
        return _NO_SUCH_METHOD if visit.code else self._respond(visit.path)

    def _knows_code(self, visit: Visit) -> bool:
        typed = "".join(visit.code.upper().split()).replace("-", "")
        return hmac.compare_digest(typed.encode(), self._code.encode())

    def _ask_for_code(self) -> Reply:
        half = _CODE_LENGTH // 2
        self._tell(
            "this system does not tell whether the visitor is your browser; "
            f"if your browser asks for a code, type {self._code[:half]}-{self._code[half:]}"
        )
        return Reply(200, _FORM)

    def _tell(self, text: str) -> None:
        """Tell the user something once."""
        with self._telling:
            if text not in self._told:
                self._told.add(text)
                self._notice(text)


class _PageServer(socketserver.ThreadingMixIn, socketserver.TCPServer):
    """Has a thread for each connection: browsers open some ahead of need, and those must not hold up the others."""

    daemon_threads = True
    block_on_close = False
    request_queue_size = 100
    reply: Callable[[Visit], Reply]
    is_done = False

    def handle_error(self, request: object, client_address: object) -> None:
        """Print nothing about visitors that hang up."""


class _PageHandler(BaseHTTPRequestHandler):
    server: _PageServer
    timeout = 2  # seconds that a connection may be silent

    def setup(self) -> None:
        """Ask the system at once who the visitor is: it cannot tell once they have hung up."""
        super().setup()
        self._user = find_owner(self.client_address, self.connection.getsockname())

    def do_GET(self) -> None:
        """Reply to a browser that comes from the command line or from AWS."""
        self._answer("")

    def do_POST(self) -> None:
        """Reply to a browser that sends the form."""
        length = self.headers.get("Content-Length", "")
        form = self.rfile.read(min(int(length), _LONGEST_FORM)) if length.isdecimal() else b""
        self._answer(parse_qs(form.decode("ascii", "replace")).get("code", ["-"])[0])

    def log_message(self, *_args: object) -> None:
        """Log nothing: requests hold secrets."""

    def _answer(self, code: str) -> None:
        """Send the reply; the wait ends even if the last visitor has hung up."""
        reply = self.server.reply(Visit(self.path, self.headers.get("Host", ""), code, self._user))
        try:  # first the page: once the wait has ended, nobody waits for this thread
            self._send(reply)
        finally:
            self.server.is_done = self.server.is_done or reply.is_last

    def _send(self, reply: Reply) -> None:
        body = (_PAGE % reply.text).encode() if reply.text else b""
        self.send_response_only(reply.status)
        for name, value in (
            *((("Location", reply.location),) if reply.location else ()),
            ("Content-Type", "text/html; charset=utf-8"),
            ("Content-Length", str(len(body))),
            ("Cache-Control", "no-store"),
            ("Referrer-Policy", "no-referrer"),
            ("X-Frame-Options", "DENY"),
            ("Connection", "close"),
        ):
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)
