"""Waits for data from several pipes: with Python's selector, or by polling where selectors accept only sockets."""

from __future__ import annotations

import selectors
import sys
import time
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from _typeshed import FileDescriptorLike as File

_PAUSE = 0.01  # seconds between looks


class PolledPipes(selectors.BaseSelector):
    """A selector that polls the pipes it reads from."""

    def __init__(self) -> None:
        self._keys: dict[File, selectors.SelectorKey] = {}

    def register(self, fileobj: File, events: int, data: Any = None) -> selectors.SelectorKey:
        """See `BaseSelector`."""
        file = fileobj if isinstance(fileobj, int) else fileobj.fileno()
        self._keys[fileobj] = selectors.SelectorKey(fileobj, file, events, data)
        return self._keys[fileobj]

    def unregister(self, fileobj: File) -> selectors.SelectorKey:
        """See `BaseSelector`."""
        return self._keys.pop(fileobj)

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        """Return the pipes that have data, waiting up to `timeout` seconds for one."""
        end = time.monotonic() + (timeout or 0)
        while not (ready := [(key, key.events) for key in self._keys.values() if has_data(key.fd)]):
            if time.monotonic() >= end:
                break
            time.sleep(_PAUSE)
        return ready

    def get_map(self) -> Mapping[File, selectors.SelectorKey]:
        """See `BaseSelector`."""
        return self._keys


def open_selector() -> selectors.BaseSelector:
    """Return a selector that accepts pipes."""
    return PolledPipes() if sys.platform == "win32" else selectors.DefaultSelector()


if sys.platform == "win32":  # pragma: no cover - Windows
    import _winapi
    import msvcrt

    def has_data(file: int) -> bool:
        """Return whether a read would not block: there is data, or the other end is closed."""
        try:
            return _winapi.PeekNamedPipe(msvcrt.get_osfhandle(file), 0)[0] > 0
        except OSError:
            return True

else:

    def has_data(_file: int) -> bool:
        """Return true: non-blocking pipes can always be read."""
        return True
