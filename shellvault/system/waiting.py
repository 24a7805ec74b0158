"""Says that this thread is about to wait: for AWS, a lock, a keyring, or somebody who reads slowly.

In the agent, where commands take turns, the next one then begins; elsewhere nobody listens.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

_listeners: list[Callable[[], None]] = []


def call_before_waiting(listener: Callable[[], None]) -> None:
    """Call this in each thread that is about to wait, from now on."""
    _listeners.append(listener)


def tell_before_waiting() -> None:
    """Say that this thread is about to wait."""
    for listener in _listeners:
        listener()
