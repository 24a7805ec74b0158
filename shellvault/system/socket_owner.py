"""Which user has the other end of a connection within this machine, as far as the system tells."""

from __future__ import annotations

import os
import sys
import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    Address = tuple[str, int]

_TABLES = ("/proc/net/tcp", "/proc/net/tcp6")
_LOCAL, _REMOTE, _OWNER, _INODE = 1, 2, 7, 9
"""The words of a line that count."""
_CLOSED = "0"  # the inode of a socket that its program has closed; older kernels say that root owns it
_LOOKS = 3  # while other sockets come and go, one look may miss a line
_PAUSE = 0.02  # seconds


def find_owner(local: Address, remote: Address) -> int | None:
    """Return the user id of the socket at `local` that is connected to `remote`, both with IPv4 addresses.

    None where the system does not tell: it has no such tables, or no line for an open socket.
    """
    for look in range(_LOOKS):
        if look:
            time.sleep(_PAUSE)
        owners = {owner for table in _TABLES for owner in _read_owners(table, local, remote)}
        if owners:
            return owners.pop() if len(owners) == 1 else None
    return None


def is_trusted_owner(owner: int) -> bool:
    """Return whether a socket's owner is this user, or root, who may do anything anyway."""
    return sys.platform != "win32" and owner in (0, os.geteuid())


def _read_owners(table: str, local: Address, remote: Address) -> Iterator[int]:
    """Read one table: an IPv6 socket that is connected to an IPv4 address is in tcp6 only."""
    prefix = _format_number(bytes(10) + b"\xff\xff") if table.endswith("6") else ""
    ends = [f"{prefix}{_format_number(_parse(address))}:{port:04X}" for address, port in (local, remote)]
    try:
        with open(table, encoding="ascii") as lines:
            found = [words for line in lines if (words := line.split())[_LOCAL : _REMOTE + 1] == ends]
    except OSError:  # this system has no such table
        return
    for words in found:
        if len(words) > _INODE and words[_INODE] != _CLOSED:
            yield int(words[_OWNER])


def _format_number(address: bytes) -> str:
    """Return an address as the tables have it: each four bytes as one number of this machine's byte order."""
    parts = (address[start : start + 4] for start in range(0, len(address), 4))
    return "".join(f"{int.from_bytes(part, sys.byteorder):08X}" for part in parts)


def _parse(address: str) -> bytes:
    return bytes(int(part) for part in address.split("."))
