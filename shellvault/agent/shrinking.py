"""Makes an agent small again: it replaces itself with a new one, which takes over its socket, lock and renewals.

The code that asks AWS takes three times the memory of everything else, and Python gives none of it back. Clients that
connect in the meantime wait in the socket's queue until the new interpreter has started.

For a moment after a program starts, the user's other programs can read its memory. So nothing secret is handed over,
only environments of shells, which those programs can read anyway.
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
_INHERITED = False  # whether programs that we run inherit our descriptors, apart from a new agent


class Estate(Record):
    """What an agent takes over: the descriptors of the socket and of the lock, and its predecessor's memoir."""

    listener: int
    lock: int
    memoir: Memoir


def shrink(listener: int, lock: int, memoir: Memoir, leave_out: str) -> None:
    """Replace this process with a small agent; return only if that fails. The new one does not get `leave_out`."""
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
    except OSError:  # the interpreter is gone, so we stay large
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
