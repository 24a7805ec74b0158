"""Handles signals at the end of this process. Only `system` sets handlers.

It uses `_signal`, the module behind `signal`, whose enumerations cost more than the rest of a warm command.
"""

from __future__ import annotations

import _signal
import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import FrameType


def print_and_exit_on_signal(text: str) -> None:
    """Make SIGTERM and SIGHUP print `text` to stdout before they end this process.

    A shell that evaluates our output needs its `false` even then.
    """

    def print_and_exit(number: int, _frame: FrameType | None) -> None:
        os.write(1, text.encode())
        os._exit(128 + number)

    for name in ("SIGTERM", "SIGHUP"):
        if (number := getattr(_signal, name, None)) and _signal.getsignal(number) != _signal.SIG_IGN:  # as under nohup
            _signal.signal(number, print_and_exit)
