"""The kernel keyring's system calls, by number through libffi; it does not know what the keys are for.

Each raises OSError with the kernel's errno, ENOSYS where this machine's numbers are not known. See keyrings(7).
"""

from __future__ import annotations

import errno
import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

THREAD_RING = -1
USER_RING = -4

ALL_RIGHTS_TO_USER = 0x3F3F0000
"""All rights to whoever possesses the key and to its user, none to group and others."""

PACKED, PLAIN = b"z", b"-"
"""The first byte of what we put into a `user` key: whether the rest is compressed."""

GONE = tuple(getattr(errno, name, -1) for name in ("ENOKEY", "EKEYEXPIRED", "EKEYREVOKED"))  # Linux only
"""What the kernel answers for a key that does not exist, or no longer."""

_NUMBERS = {  # machine -> add_key, keyctl; 64-bit only, see below
    "x86_64": (248, 250),
    "aarch64": (217, 219),
    "riscv64": (217, 219),
    "loongarch64": (217, 219),
    "ppc64le": (269, 271),
    "s390x": (278, 280),
}
_UPDATE, _SETPERM, _DESCRIBE, _LINK, _UNLINK, _SEARCH, _READ, _SET_TIMEOUT = 2, 5, 6, 8, 9, 10, 11, 15

# A 32-bit Python under a 64-bit kernel reads the 64-bit machine's name, but its system calls have other numbers.
_IS_KNOWN = sys.platform == "linux" and sys.maxsize > 2**32 and os.uname().machine in _NUMBERS
if _IS_KNOWN:
    # The module behind ctypes: the types and tables that ctypes adds are not needed, and cost a tenth of the warm path.
    from _ctypes import FUNCFLAG_CDECL, FUNCFLAG_USE_ERRNO, CFuncPtr, _SimpleCData, dlopen, dlsym, get_errno

    _ADD_KEY, _KEYCTL = _NUMBERS[os.uname().machine]
    _simple: Any = type(_SimpleCData)
    _Char, _Long = (_simple("_Value", (_SimpleCData,), {"_type_": letter}) for letter in "cl")
    _function: Any = type(CFuncPtr)
    _flags = {"_flags_": FUNCFLAG_CDECL | FUNCFLAG_USE_ERRNO, "_restype_": _Long}
    _Function = _function("_Function", (CFuncPtr,), _flags)
    _this_process: Any = None  # to dlopen(3): what is loaded already, libc included
    _syscall = _Function(dlsym(dlopen(_this_process, 0), "syscall"))


def _call(name: str, *arguments: Any, allowed: Sequence[int] = ()) -> int:
    """Make a system call and return its result, or -1 for an error that is allowed."""
    if not _IS_KNOWN:
        raise OSError(errno.ENOSYS, os.strerror(errno.ENOSYS))
    number = _ADD_KEY if name == "add_key" else _KEYCTL
    # Plain Python ints travel as C ints, which leaves the upper half of a variadic argument undefined.
    words = [_Long(item) if isinstance(item, int) else item for item in arguments]
    result = int(_syscall(_Long(number), *words))
    if result < 0 and get_errno() not in allowed:
        raise OSError(get_errno(), os.strerror(get_errno()))
    return result


def read(key_id: int, operation: int = _READ) -> bytes:
    """Return a key's payload, or what another operation writes into a buffer, which grows until everything fits."""
    if not _IS_KNOWN:
        raise OSError(errno.ENOSYS, os.strerror(errno.ENOSYS))
    size = 4096
    while True:
        buffer = (_Char * size)()
        needed = _call("keyctl", operation, key_id, buffer, size)
        if needed <= size:
            return bytes(buffer.raw[:needed])
        size = needed


def search(kind: bytes, description: bytes) -> int | None:
    """Return the key of this type and exact description in the user keyring; None where there is none."""
    found = _call("keyctl", _SEARCH, USER_RING, kind, description, 0, allowed=GONE)
    return found if found >= 0 else None


def add_key(kind: bytes, description: bytes, payload: bytes, ring: int) -> int:
    """Add a key of this type (`user`, `big_key`) to a ring and return its id."""
    return _call("add_key", kind, description, payload, len(payload), ring)


def update(key_id: int, payload: bytes) -> None:
    """Replace a key's payload; this removes its timeout."""
    _call("keyctl", _UPDATE, key_id, payload, len(payload))


def keys_in(ring: int) -> list[int]:
    """Return the ids of the keys in a ring."""
    raw = read(ring)
    return [int.from_bytes(raw[at : at + 4], sys.byteorder) for at in range(0, len(raw), 4)]


def describe(key_id: int) -> str:
    """Return a key's description."""
    text = read(key_id, _DESCRIBE).rstrip(b"\0").decode("utf-8", "replace")
    return text.split(";", 4)[4]  # after type, uid, gid and permissions


def set_permissions(key_id: int, mask: int) -> None:
    """Set who may do what with a key."""
    _call("keyctl", _SETPERM, key_id, mask)


def set_timeout(key_id: int, seconds: int) -> None:
    """Make the kernel forget a key after so many seconds; to the kernel, 0 means never."""
    _call("keyctl", _SET_TIMEOUT, key_id, seconds)


def link(key_id: int, ring: int) -> None:
    """Put a key into a ring; it replaces one with the same type and description, in one step."""
    _call("keyctl", _LINK, key_id, ring)


def unlink(key_id: int, ring: int) -> None:
    """Remove whatever key has this key's type and description from a ring; a key in no ring is freed."""
    _call("keyctl", _UNLINK, key_id, ring)


def used_quotas() -> tuple[float, float]:
    """Return the fractions of this user's two quotas that are in use, of keys and of bytes; zeros if unknown."""
    start = f"{os.getuid()}:"
    try:
        with open("/proc/key-users", encoding="utf-8", errors="replace") as listing:
            pairs = next(words[-2:] for words in map(str.split, listing) if words[0] == start)
            keys, size = (int(used) / int(most) for used, _, most in (pair.partition("/") for pair in pairs))
            return keys, size
    except (OSError, StopIteration, ValueError, ZeroDivisionError):
        return 0, 0


def describe_keys() -> list[tuple[int, int, str]]:
    """Return the keys in the user keyring: id, the errno with which its description was refused, description."""
    try:
        key_ids = keys_in(USER_RING)
    except OSError:
        return []
    keys = []
    for key_id in key_ids:
        try:
            keys.append((key_id, 0, describe(key_id)))
        except OSError as error:
            keys.append((key_id, error.errno or 0, ""))
    return keys
