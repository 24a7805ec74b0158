"""Hands a secret URL to a browser: a loopback page redirects the first visitor who knows its address, once.

Every program can read the arguments with which a browser is started; so it is given the page's address instead.
"""

from __future__ import annotations

import hmac
import os
import secrets
import struct
import threading
from typing import TYPE_CHECKING, Self

from shellvault.ui.loopback_page import NOTHING_HERE, LoopbackPage, Reply

if TYPE_CHECKING:
    from shellvault.core.record import Secret
    from shellvault.ui.loopback_page import Visit

_MAPPED = f"{0:016X}{struct.unpack('=I', bytes.fromhex('0000ffff'))[0]:08X}"
"""What precedes an IPv4 address in /proc/net/tcp6, the only table with connections to ::ffff:127.0.0.1."""


class OneTimeRedirect:
    """A context in which the page is served; `url` is its address."""

    def __init__(self, target: Secret) -> None:
        self._target = target
        self._path = f"/{secrets.token_urlsafe(32)}"
        self._ticket = threading.Lock()  # the visitor who acquires it is redirected; it is never released
        self._page = LoopbackPage(self._respond)

    def __enter__(self) -> Self:
        self._page.__enter__()
        self.url = f"http://{self._page.host}{self._path}"
        return self

    def __exit__(self, *raised: object) -> None:
        self._page.__exit__(*raised)

    def wait(self, patience: float) -> bool:
        """Return whether a browser opened the page within `patience` seconds."""
        return self._page.wait(patience)

    def _respond(self, visit: Visit) -> Reply:
        """Redirect one visitor; another user's program may have read the address in a list of processes."""
        knows_path = hmac.compare_digest(visit.path.encode(), self._path.encode())
        expected = knows_path and visit.host == self._page.host and _is_ours(visit.client, self._page.host)
        if not expected or not self._ticket.acquire(blocking=False):
            return NOTHING_HERE
        return Reply(302, location=str(self._target), is_last=True)


def _is_ours(client: tuple[str, int], host: str) -> bool:
    """Return whether a connection is this user's, or root's; where the system cannot tell, the secret path must do."""
    ends = [_format_address(*client), _format_address("127.0.0.1", int(host.rpartition(":")[2]))]
    mapped = [_MAPPED + end for end in ends]
    try:
        owners = [*_find_owners("tcp", ends), *_find_owners("tcp6", mapped)]
    except (OSError, ValueError, IndexError):
        return True
    return bool(owners) and all(owner in (0, os.geteuid()) for owner in owners)


def _find_owners(table: str, ends: list[str]) -> list[int]:
    """Return the user ids of the sockets with these ends: their own address, and the one they are connected to."""
    if table == "tcp6" and not os.path.exists("/proc/net/tcp6"):  # no IPv6 here
        return []
    with open(f"/proc/net/{table}", encoding="ascii") as lines:
        return [int(words[7]) for line in lines if (words := line.split())[1:3] == ends]


def _format_address(address: str, port: int) -> str:
    """Return an address as /proc/net/tcp has it: the bytes of an IPv4 address as one number of this machine's."""
    number = struct.unpack("=I", bytes(int(part) for part in address.split(".")))[0]
    return f"{number:08X}:{port:04X}"
