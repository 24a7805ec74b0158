"""What the agent raises to hand a command back to its client. Not an error of the command: nothing may handle it."""

from __future__ import annotations


class ClientNeededError(BaseException):
    """The client has to do this itself: a person, a program or a bus of its own is needed."""
