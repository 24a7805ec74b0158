"""Asks Linux which user owns a connection on this machine: one question to the kernel, without reading a table."""

from __future__ import annotations

import errno
import socket
import struct
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from shellvault.system.loopback_sockets import Address

_NETLINK_SOCK_DIAG = 4
_SOCK_DIAG_BY_FAMILY = 20
_NLM_F_REQUEST = 1
_TCP = 6
_ANY_STATE = 0xFFFFFFFF
_HEADER = struct.Struct("=IHHII")  # struct nlmsghdr
_QUESTION = struct.Struct("=BBBBI")  # the beginning of struct inet_diag_req_v2
_SOCKET_ID = struct.Struct("!HH16s16s")  # ports and addresses in struct inet_diag_sockid
_ANY_SOCKET = struct.pack("=III", 0, 0xFFFFFFFF, 0xFFFFFFFF) + bytes(0)  # interface, and INET_DIAG_NOCOOKIE
_BEFORE_USER = _HEADER.size + 4 + _SOCKET_ID.size + len(_ANY_SOCKET) + 4 + 8  # of struct inet_diag_msg
_OWNER = struct.Struct("=II")  # user id and inode
_PATIENCE = 1.0  # seconds; the kernel answers at once

NOBODY = -1
"""The owner of a socket that its program has closed, or that does not exist."""


def ask_owner(local: Address, remote: Address) -> int | None:
    """Return the user id of the socket at `local` that is connected to `remote`, both IPv4 addresses.

    Return `NOBODY` if there is no such socket, or no program has it open; None if the system does not say.
    """
    if sys.platform != "linux":
        return None
    try:
        with socket.socket(socket.AF_NETLINK, socket.SOCK_DGRAM, _NETLINK_SOCK_DIAG) as kernel:
            kernel.settimeout(_PATIENCE)
            kernel.sendto(_write_question(local, remote), (0, 0))
            return _read_owner(kernel.recv(4096))
    except (OSError, struct.error):
        return None


def _write_question(local: Address, remote: Address) -> bytes:
    (address, port), (peer, peer_port) = local, remote
    ends = _SOCKET_ID.pack(port, peer_port, socket.inet_aton(address), socket.inet_aton(peer))
    body = _QUESTION.pack(socket.AF_INET, _TCP, 0, 0, _ANY_STATE) + ends + _ANY_SOCKET
    return _HEADER.pack(_HEADER.size + len(body), _SOCK_DIAG_BY_FAMILY, _NLM_F_REQUEST, 0, 0) + body


def _read_owner(answer: bytes) -> int | None:
    kind = _HEADER.unpack_from(answer)[1]
    if kind != _SOCK_DIAG_BY_FAMILY:
        number = -struct.unpack_from("=i", answer, _HEADER.size)[0]
        return NOBODY if number == errno.ENOENT else None  # other errors mean that we may not ask
    user, inode = _OWNER.unpack_from(answer, _BEFORE_USER)
    return int(user) if inode else NOBODY
