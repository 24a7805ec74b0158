"""Runs shellvault with a profiler, and prints every call of the package's own functions as the last line of stderr.

Usage: tracer.py PACKAGE WORD …. Calls are [file, function, first argument]; bodies of modules and classes, and
comprehensions, are no calls.
"""

from __future__ import annotations

import json
import os
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from types import FrameType

PACKAGE = sys.argv[1] + "/"
calls: list[tuple[str, str, str]] = []


def note(frame: FrameType, event: str, _argument: object) -> None:
    """Note a call of one of the package's functions."""
    code = frame.f_code
    is_function = code.co_flags & 0x02 and code.co_name[0] != "<"  # CO_NEWLOCALS: neither a module nor a class body
    if event == "call" and is_function and code.co_filename.startswith(PACKAGE):
        argument = frame.f_locals.get(code.co_varnames[1]) if code.co_argcount > 1 else None
        calls.append((code.co_filename, code.co_qualname, argument if isinstance(argument, str) else ""))


def finish(status: int) -> None:
    """Print the calls, and end the process as shellvault wanted to."""
    sys.setprofile(None)
    os.write(2, f"\n{json.dumps(calls)}\n".encode())
    leave(status)


leave = os._exit
os._exit = finish  # type: ignore[assignment]  # shellvault ends its process itself
del sys.argv[1]
from shellvault.cli import main  # noqa: E402 - after the words of this script are out of the way

sys.setprofile(note)
main("", lambda _status: None)
