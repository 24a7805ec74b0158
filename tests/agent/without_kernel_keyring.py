"""Runs a program where the kernel refuses its keyring: `python without_kernel_keyring.py [--no-such-call] PROGRAM…`.

The system call filter is the one that containers use. It is inherited by whatever the program starts, and cannot be
taken off again. With `--no-such-call` the kernel answers as one that was built without keyrings. This file needs
nothing but Python's own modules, so that it can be run from any folder, by any Python.
"""

from __future__ import annotations

import ctypes
import errno
import os
import struct
import sys

NUMBERS = {"x86_64": (248, 249, 250), "aarch64": (217, 218, 219)}
"""By machine, the system calls add_key, request_key and keyctl."""

LOAD, IF_EQUAL = 0x20, 0x15
_RETURN = 0x06
_FAIL, _ALLOW = 0x00050000, 0x7FFF0000
_SET_NO_NEW_PRIVS, _SET_SECCOMP, _FILTER = 38, 22, 2


def forbid_keyrings(answer: int = errno.EPERM) -> None:
    """Deny this process the kernel's keyrings for good."""
    numbers = NUMBERS[os.uname().machine]
    jumps = [(IF_EQUAL, len(numbers) - 1 - at, 0, number) for at, number in enumerate(numbers[:-1])]
    forbid_calls((LOAD, 0, 0, 0), *jumps, (IF_EQUAL, 0, 1, numbers[-1]), answer=answer)


def forbid_calls(*steps: tuple[int, int, int, int], answer: int = errno.EPERM) -> None:
    """Deny the system calls for which all steps pass; a jump one past the steps' end allows the call."""
    program = b"".join(
        struct.pack("=HBBI", *step) for step in (*steps, (_RETURN, 0, 0, _FAIL | answer), (_RETURN, 0, 0, _ALLOW))
    )
    code = ctypes.create_string_buffer(program, len(program))
    head = ctypes.create_string_buffer(struct.pack("@HP", len(program) // 8, ctypes.addressof(code)))
    prctl = ctypes.CDLL(None, use_errno=True).prctl
    for operation in ((_SET_NO_NEW_PRIVS, 1, 0, 0, 0), (_SET_SECCOMP, _FILTER, head, 0, 0)):
        if prctl(*operation):
            number = ctypes.get_errno()
            raise OSError(number, f"the kernel takes no filter: {os.strerror(number)}")


def main() -> None:
    """Become the program that the arguments name."""
    words = sys.argv[1:]
    has_no_such_call = words[:1] == ["--no-such-call"]
    forbid_keyrings(errno.ENOSYS if has_no_such_call else errno.EPERM)
    argv = words[has_no_such_call:]
    os.execvp(argv[0], argv)  # noqa: S606 - the program that was asked for


if __name__ == "__main__":
    main()
