"""A process that ends what this process has started if this process dies, even by SIGKILL."""

from __future__ import annotations

import os
from contextlib import suppress

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Self

_STDOUT = 1


class ChildGuard:
    """A context with that process: it knows the process groups to kill, and lives as long as the context.

    Enter it before any other thread starts, and before any secret is read, for the guard is a fork. Where a system has
    no fork, nobody stands guard.
    """

    def __enter__(self) -> Self:
        _fill_streams()
        reader, writer = os.pipe()
        self._pid = os.fork() if hasattr(os, "fork") else -1
        if self._pid == 0:
            try:
                os.close(writer)
                _stand_guard(reader)
            finally:
                os._exit(0)
        os.close(reader)
        self._orders = open(writer, "wb", buffering=0)
        return self

    def __exit__(self, *_raised: object) -> None:
        self._orders.close()
        if self._pid > 0:
            os.waitpid(self._pid, 0)

    def watch(self, group: int) -> None:
        """Kill this process group when our process ends."""
        self._tell(b"+%d\n" % group)

    def release(self, group: int) -> None:
        """Forget a process group that has ended: another one may get its id."""
        self._tell(b"-%d\n" % group)

    def _tell(self, order: bytes) -> None:
        with suppress(OSError):  # somebody has killed the guard
            self._orders.write(order)


def _fill_streams() -> None:
    """Open streams that were closed, or a pipe of ours would take their place.

    What is written to stderr then is lost; stdout cannot be written to, which is an error as in other commands.
    """
    for stream in range(3):
        try:
            os.fstat(stream)
        except OSError:
            # it gets the lowest free number, which is this one
            os.open(os.devnull, os.O_RDONLY if stream == _STDOUT else os.O_RDWR)


def _stand_guard(reader: int) -> None:
    """Follow orders until no process is left that could give any, and kill the groups that were not released."""
    from signal import SIGKILL  # not on Windows

    os.setsid()  # out of the terminal's reach: Ctrl-C is not for us
    nowhere = os.open(os.devnull, os.O_RDWR)
    for stream in range(3):  # whoever reads what our process prints must not wait for us
        os.dup2(nowhere, stream)
    groups: set[int] = set()
    with open(reader, "rb") as orders:
        for order in orders:
            (groups.add if order[:1] == b"+" else groups.discard)(int(order[1:]))
    for group in groups:
        with suppress(OSError):
            os.killpg(group, SIGKILL)
