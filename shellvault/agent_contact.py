"""Questions to the agent besides running a command line: whether it is there, or hangs, and what its memory holds."""

from __future__ import annotations

import os

from shellvault import DONE, connect, exchange, find_peer, hung, unpack

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence


def is_answering(path: str) -> bool:
    """Return whether an agent accepts connections; it may hang nevertheless."""
    if channel := connect(path):
        channel.close()
    return channel is not None


def find_hung(path: str) -> int:
    """Return the process of an agent that did not answer this command; 0: there is none, or the system does not tell.

    It accepted a connection and then stayed silent for seconds, so it has been stopped or is badly broken.
    """
    return find_process(path) if path in hung else 0


def find_process(path: str) -> int:
    """Return the process of the agent of a socket; 0: there is none, or the system does not tell."""
    if (channel := connect(path)) is None:
        return 0
    pid, _uid = find_peer(channel)
    channel.close()
    return pid


def ask_memory(path: str, home: str, question: Sequence[bytes]) -> list[bytes] | None:
    """Put a question to the agent's memory for a home; see `RemoteMemory`. Return None if no agent answers."""
    kind, body = exchange(path, [b"memory", os.fsencode(home), *question])
    return unpack(body) if kind == DONE else None
