"""Reads what a program prints to several pipes at once, as it comes: with a selector, on Windows with threads."""

from __future__ import annotations

import os
import selectors
import sys
from queue import Empty, SimpleQueue
from threading import Thread
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Self

    Pipe = tuple[int, bytearray]

CHUNK = 4096  # bytes
_LAST_LOOK = 0.1  # seconds; threads need a moment for what is already there


class SelectedPipes:
    """A context with pipes, each a descriptor and what has been read from it."""

    def __init__(self, pipes: Sequence[Pipe]) -> None:
        self._selector = selectors.DefaultSelector()
        for file, kept in pipes:
            self._selector.register(file, selectors.EVENT_READ, kept)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_raised: object) -> None:
        self._selector.close()

    def are_open(self) -> bool:
        """Return whether more may come from one of them."""
        return bool(self._selector.get_map())

    def read(self, patience: float) -> bool:
        """Read what there is; return False if nothing has come within that many seconds."""
        ready = self._selector.select(patience)
        for key, _ in ready:
            chunk = os.read(key.fd, CHUNK)
            if not chunk:
                self._selector.unregister(key.fileobj)
            key.data.extend(chunk)
        return bool(ready)


class ThreadedPipes:
    """The same where nothing can wait for several pipes: each has a thread, which ends with the process at last."""

    def __init__(self, pipes: Sequence[Pipe]) -> None:
        self._chunks: SimpleQueue[tuple[bytes, bytearray]] = SimpleQueue()
        self._open = len(pipes)
        for pipe in pipes:
            Thread(target=self._follow, args=pipe, daemon=True).start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_raised: object) -> None:
        pass

    def are_open(self) -> bool:
        """Return whether more may come from one of them."""
        return self._open > 0

    def read(self, patience: float) -> bool:
        """Read a chunk; return False if nothing has come within that many seconds."""
        try:
            chunk, kept = self._chunks.get(timeout=max(patience, _LAST_LOOK))
        except Empty:
            return False
        self._open -= not chunk
        kept.extend(chunk)
        return True

    def _follow(self, file: int, kept: bytearray) -> None:
        chunk = b"?"
        while chunk:
            try:
                chunk = os.read(file, CHUNK)
            except OSError:  # whoever gave up has closed it
                chunk = b""
            self._chunks.put((chunk, kept))


def open_pipes(pipes: Sequence[Pipe]) -> SelectedPipes | ThreadedPipes:
    """Return a context in which to read these pipes."""
    return ThreadedPipes(pipes) if sys.platform == "win32" else SelectedPipes(pipes)
