"""Runs a program without a kernel keyring: `python without_kernel_keyring.py [--no-such-call] PROGRAM…`.

It uses the same kind of system call filter as containers. Child processes inherit the filter, and it cannot be
removed. With `--no-such-call`, the kernel answers as if it had been built without keyrings. This file imports
only the standard library, so any Python can run it from any folder.
"""

from __future__ import annotations

import ctypes
import errno
import os
import struct
import sys

NUMBERS = {"x86_64": (248, 249, 250), "aarch64": (217, 218, 219)}
"""Machine -> the numbers of the system calls add_key, request_key and keyctl."""

LOAD, IF_EQUAL = 0x20, 0x15
_RETURN = 0x06
_FAIL, _ALLOW = 0x00050000, 0x7FFF0000
_SET_NO_NEW_PRIVS, _SET_SECCOMP, _FILTER = 38, 22, 2


def forbid_keyrings(answer: int = errno.EPERM) -> None:
    """Deny this process the kernel's keyrings for the rest of its life."""
    numbers = NUMBERS[os.uname().machine]
    jumps = [(IF_EQUAL, len(numbers) - 1 - at, 0, number) for at, number in enumerate(numbers[:-1])]
    forbid_calls((LOAD, 0, 0, 0), *jumps, (IF_EQUAL, 0, 1, numbers[-1]), answer=answer)


def forbid_calls(*steps: tuple[int, int, int, int], answer: int = errno.EPERM) -> None:
    """Deny system calls for which all filter steps pass; a jump to one past the last step allows the call."""
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
    """Replace this process with the program in the arguments."""
    words = sys.argv[1:]
    has_no_such_call = words[:1] == ["--no-such-call"]
    forbid_keyrings(errno.ENOSYS if has_no_such_call else errno.EPERM)
    argv = words[has_no_such_call:]
    os.execvp(argv[0], argv)  # noqa: S606 - the program to run


if __name__ == "__main__":
    main()
