"""Makes the interpreter that imports it at its start look as on macOS; see `tests.platforms.mac`. No test imports it.

What only Linux has is taken away: the kernel keyring (with the platform's name), pidfds, memfds, SO_PEERCRED. What only
macOS has is put in its place: LOCAL_PEERCRED, F_FULLFSYNC, which is also counted. Modules of the standard library that
look at the platform when they are imported are imported before it changes.
"""

from __future__ import annotations

import _socket
import asyncio
import concurrent.futures.thread
import ctypes.util
import fcntl
import multiprocessing
import os
import selectors
import shutil
import socket
import ssl
import subprocess
import sys
import tempfile
import urllib.request
import uuid
import webbrowser
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.platforms import SYNCS

if TYPE_CHECKING:
    from collections.abc import Callable

IMPORTED_EARLY = (
    *(asyncio, concurrent.futures.thread, ctypes.util, multiprocessing, selectors, shutil, ssl, subprocess, tempfile),
    *(urllib.request, uuid, webbrowser),
)
_LOCAL_PEERCRED = (0, 1)
_FULL_SYNC = 51
_GONE = ((os, "pidfd_open"), (os, "memfd_create"), (socket, "SO_PEERCRED"), (_socket, "SO_PEERCRED"))


def _answer_peer(plain: Callable[..., Any], *arguments: int) -> Any:
    """Answer LOCAL_PEERCRED with a `struct xucred`: a version, the user's id, the number of groups, groups."""
    if arguments[:2] != _LOCAL_PEERCRED:
        return plain(*arguments)
    found = plain(socket.SOL_SOCKET, _PEERCRED, 12)
    return (b"\0" * 4 + found[4:8]).ljust(arguments[2], b"\0")


class _Line(_socket.socket):
    """The socket of a client, which imports no other module than `_socket`."""

    def getsockopt(self, *arguments: int) -> Any:
        """Answer as macOS does."""
        return _answer_peer(super().getsockopt, *arguments)


def _call_fcntl(file: int, command: int, *rest: Any) -> Any:
    if command != _FULL_SYNC:
        return _FCNTL(file, command, *rest)
    os.fsync(file)
    if path := os.environ.get(SYNCS):
        with Path(path).open("a") as counted:
            counted.write("synced\n")
    return 0


_PEERCRED = socket.SO_PEERCRED
_FCNTL, _ASK = fcntl.fcntl, socket.socket.getsockopt
for _module, _name, _value in (
    (socket.socket, "getsockopt", lambda line, *arguments: _answer_peer(partial(_ASK, line), *arguments)),
    (_socket, "socket", _Line),
    (fcntl, "F_FULLFSYNC", _FULL_SYNC),
    (fcntl, "fcntl", _call_fcntl),
    (sys, "platform", "darwin"),
):
    setattr(_module, _name, _value)
for _module, _name in _GONE:
    delattr(_module, _name)
