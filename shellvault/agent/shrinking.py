"""Makes an agent small again: it replaces itself by a new one, which takes over its socket, its lock and its renewals.

What asks AWS takes three times the memory of all the rest, and Python gives nothing back. Clients that come meanwhile
wait in the socket's queue, for as long as an interpreter takes to start.

A program can be read by others of the same user for a moment after its start. So what is taken over holds no secret of
ours: only environments of shells, which those others can read anyway.
"""

from __future__ import annotations

import json
import os
import sys

from shellvault.agent.life import Memoir
from shellvault.core.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

_TAKES_OVER = "--take-over="
_INHERITED = False  # by a program that is run: what `set_inheritable` of our own descriptors is to be otherwise


class Estate(Record):
    """What an agent takes over: the descriptors of the socket and of the lock, and its predecessor's memoir."""

    listener: int
    lock: int
    memoir: Memoir


def shrink(listener: int, lock: int, memoir: Memoir, leave_out: str) -> None:
    """Replace this process by a small agent; return if that fails. `leave_out` is an option that it must not get."""
    if not hasattr(os, "memfd_create"):
        return
    file = os.memfd_create("shellvault-agent")
    try:
        content = {"listener": listener, "lock": lock, **{name: getattr(memoir, name) for name in Memoir._fields}}
        with open(file, "w", encoding="ascii", closefd=False) as stream:
            json.dump(content, stream)
        words = [word for word in sys.orig_argv[1:] if word != leave_out and not word.startswith(_TAKES_OVER)]
        for descriptor in (listener, lock, file):
            os.set_inheritable(descriptor, not _INHERITED)
        os.execv(sys.executable, [sys.executable, *words, f"{_TAKES_OVER}{file}"])  # noqa: S606 - ourselves
    except OSError:  # the interpreter is gone: we stay as we are
        os.close(file)
        for descriptor in (listener, lock):
            os.set_inheritable(descriptor, _INHERITED)


def find_estate(options: Sequence[str]) -> Estate | None:
    """Return what this agent takes over, if it was started to do so."""
    for option in options:
        if option.startswith(_TAKES_OVER):
            file = int(option.removeprefix(_TAKES_OVER))
            os.lseek(file, 0, os.SEEK_SET)
            with open(file, encoding="ascii") as stream:
                found = json.load(stream)
            listener, lock = found.pop("listener"), found.pop("lock")
            for descriptor in (listener, lock):
                os.set_inheritable(descriptor, _INHERITED)
            return Estate(listener, lock, Memoir(**found))
    return None
