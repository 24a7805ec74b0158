"""Who listens on an address of this machine: Linux tells, by the tables of all sockets in /proc/net."""

from __future__ import annotations

import os
import struct
import sys
from urllib.parse import urlsplit

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

_LISTEN = "0A"
_FOUR, _SIX = bytes((127, 0, 0, 1)), bytes((*[0] * 15, 1))
_MAPPED = bytes((*[0] * 10, 255, 255))
"""What precedes an IPv4 address where an IPv6 socket has it."""
_ANY = (bytes(4), bytes(16), _MAPPED + bytes(4))
_PORTS = {"http": 80, "https": 443}
_ADDRESSES = {"127.0.0.1": (_FOUR,), "::1": (_SIX,), "localhost": (_FOUR, _SIX)}


def find_listeners(url: str) -> list[int] | None:
    """Return the user ids of all sockets that may take a connection to a loopback URL; None where nobody can tell.

    Sockets for IPv4 and IPv6 are in a table each, and one for IPv6 may take connections for IPv4, too.
    """
    if not sys.platform.startswith("linux"):  # pragma: no cover - other systems
        return None
    parts = urlsplit(url)
    try:
        port = _PORTS[parts.scheme] if parts.port is None else parts.port
    except ValueError:  # there is no such port
        return []
    own = _ADDRESSES[parts.hostname or ""]
    addresses = {*own, *[_MAPPED + address for address in own], *_ANY}
    try:
        rows = [*_read_table("tcp"), *_read_table("tcp6")]
    except (OSError, ValueError, IndexError):
        return None
    return [uid for address, at, uid in rows if at == port and address in addresses]


def is_own(listeners: list[int]) -> bool:
    """Return whether all of them are this user's, or root's."""
    return all(uid in (0, os.geteuid()) for uid in listeners)


def _read_table(table: str) -> Iterator[tuple[bytes, int, int]]:
    """Yield the address, port and user id of each listening socket."""
    path = f"/proc/net/{table}"
    if table == "tcp6" and not os.path.exists(path):  # no IPv6 here
        return
    with open(path, encoding="ascii") as lines:
        next(lines)  # the heading
        for line in lines:
            words = line.split()
            if words[3] == _LISTEN:
                address, _, port = words[1].partition(":")
                yield _parse_address(address), int(port, 16), int(words[7])


def _parse_address(text: str) -> bytes:
    """Return an address, whose every four bytes the table has as one number of this machine's."""
    numbers = [int(text[start : start + 8], 16) for start in range(0, len(text), 8)]
    return struct.pack(f"={len(numbers)}I", *numbers)
