"""Announces that the current thread is about to wait for AWS, a lock, a keyring or a slow reader.

The agent listens, because commands take turns there: it starts the next one. In other processes nobody listens.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

_listeners: list[Callable[[], None]] = []


def call_before_waiting(listener: Callable[[], None]) -> None:
    """From now on, have this called in each thread that is about to wait."""
    _listeners.append(listener)


def tell_before_waiting() -> None:
    """Announce that this thread is about to wait."""
    for listener in _listeners:
        listener()
