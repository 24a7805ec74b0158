"""The kernel keyring's system calls, by number through ctypes; it knows nothing of what the keys are for.

Each raises OSError with the kernel's errno, ENOSYS where this machine's numbers are not known. See keyrings(7).
"""

from __future__ import annotations

import ctypes
import errno
import os
import sys

THREAD_RING = -1
USER_RING = -4

ALL_TO_ITS_USER = 0x3F3F0000
"""All rights to whoever possesses the key and to its user, none to group and others."""

_NUMBERS = {  # machine -> add_key, keyctl; 64-bit only, see below
    "x86_64": (248, 250),
    "aarch64": (217, 219),
    "riscv64": (217, 219),
    "loongarch64": (217, 219),
    "ppc64le": (269, 271),
    "s390x": (278, 280),
}
_SETPERM, _DESCRIBE, _LINK, _UNLINK, _READ, _SET_TIMEOUT = 5, 6, 8, 9, 11, 15
_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}

# A 32-bit Python under a 64-bit kernel reads the 64-bit machine's name, but its calls bear other numbers.
_IS_KNOWN = sys.platform == "linux" and sys.maxsize > 2**32 and os.uname().machine in _NUMBERS
if _IS_KNOWN:
    _ADD_KEY, _KEYCTL = _NUMBERS[os.uname().machine]
    _syscall = ctypes.CDLL(None, use_errno=True).syscall
    _syscall.restype = ctypes.c_long


def _call(name: str, *arguments: int | bytes | ctypes.Array[ctypes.c_char]) -> int:
    if not _IS_KNOWN:
        raise OSError(errno.ENOSYS, os.strerror(errno.ENOSYS))
    number = _ADD_KEY if name == "add_key" else _KEYCTL
    # Bare Python ints travel as C ints, and would leave the upper half of a variadic argument to chance.
    words = [ctypes.c_long(item) if isinstance(item, int) else item for item in arguments]
    result = int(_syscall(ctypes.c_long(number), *words))
    if result < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return result


def _filled(operation: int, key_id: int) -> bytes:
    """Return what the kernel writes into a buffer, grown until all of it fits."""
    size = 4096
    while True:
        buffer = ctypes.create_string_buffer(size)
        needed = _call("keyctl", operation, key_id, buffer, size)
        if needed <= size:
            return buffer.raw[:needed]
        size = needed


def add_key(kind: bytes, description: bytes, payload: bytes, ring: int) -> int:
    """Add a key of this kind (`user`, `big_key`) to a ring and return its id."""
    return _call("add_key", kind, description, payload, len(payload), ring)


def read(key_id: int) -> bytes:
    """Return a key's payload."""
    return _filled(_READ, key_id)


def keys_in(ring: int) -> list[int]:
    """Return the ids of the keys in a ring."""
    raw = _filled(_READ, ring)
    return [int.from_bytes(raw[at : at + 4], sys.byteorder) for at in range(0, len(raw), 4)]


def describe(key_id: int) -> str:
    """Return a key's description."""
    text = _filled(_DESCRIBE, key_id).rstrip(b"\0").decode("utf-8", "replace")
    return text.split(";", 4)[4]  # after type, uid, gid and permissions


def set_permissions(key_id: int, mask: int) -> None:
    """Set who may do what with a key."""
    _call("keyctl", _SETPERM, key_id, mask)


def set_timeout(key_id: int, seconds: int) -> None:
    """Let the kernel forget a key after so many seconds; to the kernel, 0 means never."""
    _call("keyctl", _SET_TIMEOUT, key_id, seconds)


def link(key_id: int, ring: int) -> None:
    """Put a key into a ring, in place of one with the same type and description."""
    _call("keyctl", _LINK, key_id, ring)


def unlink(key_id: int, ring: int) -> None:
    """Take a key out of a ring, or what has its type and description there; a key in no ring is gone."""
    _call("keyctl", _UNLINK, key_id, ring)


def seconds_left(key_id: int) -> int | None:
    """Return how long a key has still to live, rounded down: below an hour to minutes, above it to hours.

    No system call tells; /proc/keys does. None: not listed, or without an end.
    """
    with open("/proc/keys", encoding="utf-8", errors="replace") as listing:
        for line in listing:
            name, _flags, _usage, left, *_rest = line.split()
            if int(name, 16) == key_id:
                return int(left[:-1]) * _UNITS[left[-1]] if left[:-1].isdigit() else None
    return None
