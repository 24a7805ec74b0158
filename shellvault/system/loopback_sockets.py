"""Finds out who owns the sockets on this machine's loopback addresses, from Linux's tables in /proc/net."""

from __future__ import annotations

import os
import sys
import time
from urllib.parse import urlsplit

from shellvault.core.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    Address = tuple[str, int]

_LISTEN = "0A"
_CLOSED = "0"  # the inode of a socket that its program has closed; older kernels say that root owns it
_MAPPED = bytes(10) + b"\xff\xff"
"""What precedes an IPv4 address where an IPv6 socket has it."""
_FOUR, _SIX = bytes((127, 0, 0, 1)), bytes((*[0] * 15, 1))
_ADDRESSES = {"127.0.0.1": (_FOUR,), "::1": (_SIX,), "localhost": (_FOUR, _SIX)}
_ANY = (bytes(4), bytes(16))
_PORTS = {"http": 80, "https": 443}
_LOOKS = 3  # while other sockets come and go, one look may miss a line
_PAUSE = 0.02  # seconds


class _Socket(Record):
    local: tuple[bytes, int]
    remote: tuple[bytes, int]
    state: str
    owner: int
    inode: str


def find_listeners(url: str) -> list[int] | None:
    """Return the user ids of all sockets that may take a connection to a loopback URL; None if nobody can tell."""
    parts = urlsplit(url)
    try:
        port = _PORTS[parts.scheme] if parts.port is None else parts.port
    except ValueError:  # there is no such port
        return []
    places = [(address, port) for address in (*_ADDRESSES[parts.hostname or ""], *_ANY)]
    sockets = _read_sockets(port)
    if sockets is None:
        return None
    return [each.owner for each in sockets if each.state == _LISTEN and each.local in places]


def find_owner(local: Address, remote: Address) -> int | None:
    """Return the user id of the socket at `local` that is connected to `remote`, both with IPv4 addresses.

    Return None if the system does not say: it has no such tables, or no line for an open socket.
    """
    ends = tuple((bytes(map(int, address.split("."))), port) for address, port in (local, remote))
    for look in range(_LOOKS):
        if look:
            time.sleep(_PAUSE)
        found = [each for each in _read_sockets(local[1]) or () if (each.local, each.remote) == ends]
        owners = {each.owner for each in found if each.inode != _CLOSED}
        if owners:
            return owners.pop() if len(owners) == 1 else None
    return None


def is_trusted_owner(owner: int) -> bool:
    """Return whether a socket's owner is this user, or root, who may do anything anyway."""
    return sys.platform != "win32" and owner in (0, os.geteuid())


def _read_sockets(port: int) -> list[_Socket] | None:
    """Return the TCP sockets at this end of a port; None if the system does not say. Each IP version has a table."""
    try:
        return [*_read_table("/proc/net/tcp", port), *_read_table("/proc/net/tcp6", port)]
    except (OSError, ValueError, IndexError):
        return None


def _read_table(path: str, port: int) -> Iterator[_Socket]:
    if path.endswith("6") and not os.path.exists(path):  # no IPv6 here
        return
    mark = f":{port:04X} "
    with open(path, encoding="ascii") as lines:
        next(lines, None)  # the heading
        for line in lines:
            if mark not in line:  # a busy machine has thousands of others
                continue
            words = line.split()
            yield _Socket(_parse_end(words[1]), _parse_end(words[2]), words[3], int(words[7]), words[9])


def _parse_end(text: str) -> tuple[bytes, int]:
    """Return address and port; the table has each four bytes of an address as a number in this machine's byte order."""
    address, _, port = text.partition(":")
    numbers = (int(address[start : start + 8], 16) for start in range(0, len(address), 8))
    joined = b"".join(number.to_bytes(4, sys.byteorder) for number in numbers)
    return joined.removeprefix(_MAPPED), int(port, 16)
