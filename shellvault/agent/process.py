"""The agent's process: one for each socket, protected, and out of everybody's way."""

from __future__ import annotations

import gc
import os
import socket
import sys
import time
from contextlib import suppress
from importlib import import_module

from shellvault.agent.life import Times
from shellvault.agent.places import note_place
from shellvault.agent.server import MOST, Server
from shellvault.agent.shrinking import find_estate, shrink
from shellvault.agent.spawn import LEAVES, LOADS_AHEAD, STAYS
from shellvault.core.errors import ShellvaultError
from shellvault.system.file_lock import exclusive_or_refuse
from shellvault.system.new_file import make_private_folder
from shellvault.system.process_hardening import protect_memory, raise_file_limit

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import NoReturn

_AHEAD = (
    "shellvault.providers.sts_provider",
    "shellvault.providers.sso_provider",
    "shellvault.storage.sealed.sealed_file",
)
_FIRST_LOOK = 5.0  # seconds: a shell that starts has more to do than this
_PAUSE = 2.0  # seconds between looks
_LOOKS = 30
_PRIVATE = 0o077
_FILES_EACH = 8  # open files that the command of one client may need
_OWN_FILES = 16  # streams, socket, lock, and what the loop and the endpoint keep open


class NotAloneError(ShellvaultError):
    """Another agent serves this socket."""


def main(times: Times = Times()) -> NoReturn:  # noqa: B008 - a value
    """Serve the socket that this process was given, until there is nothing left to do."""
    protect_memory()
    os.umask(_PRIVATE)
    os.chdir("/")
    path, *options = sys.argv[1:]
    with suppress(ShellvaultError, OSError):
        make_private_folder(os.path.dirname(path))
        _serve(path, options, times)
    os._exit(0)


def _serve(path: str, options: Sequence[str], times: Times) -> None:
    most = _count_clients()
    lock = exclusive_or_refuse(f"{path}.lock", NotAloneError("another agent is running"))
    if estate := find_estate(options):
        lock.file, listener = estate.lock, socket.socket(fileno=estate.listener)
    else:
        lock.__enter__()  # for life
        listener = bind(path)
        note_place(os.environ, os.path.dirname(path))
    listener.setblocking(False)  # noqa: FBT003 - its only argument
    server = Server(
        *(listener, path, dict(os.environ)),
        stays=STAYS in options,
        leaves=LEAVES in options,
        most=most,
        times=times,
        shrink=lambda memoir: shrink(listener.fileno(), lock.file, memoir, LOADS_AHEAD),
    )
    gc.freeze()  # what is loaded by now is not garbage
    try:
        if estate:
            server.resume(estate.memoir)
        server.serve(_load_when_idle if LOADS_AHEAD in options else None)
    finally:
        listener.close()
        if server.is_in_place():  # else it is another agent's
            os.unlink(path)
        lock.remove()


def _count_clients() -> int:
    """Return how many clients can be served at a time, given how many files this process may open.

    Raises:
        ShellvaultError: not even one; clients do their own work instead.
    """
    files = raise_file_limit(MOST * _FILES_EACH + _OWN_FILES)
    if files < _FILES_EACH + _OWN_FILES:
        raise ShellvaultError("the agent may not open enough files")
    return min(MOST, (files - _OWN_FILES) // _FILES_EACH)


def bind(path: str) -> socket.socket:
    """Return a socket at a path, in place of one whose agent is gone; it does not listen yet."""
    with suppress(FileNotFoundError):
        os.unlink(path)
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(path)
    return listener


def _load_when_idle() -> None:
    """Load what the first AWS call needs, once the machine is idle: that takes longer than the call."""
    time.sleep(_FIRST_LOOK)
    for _ in range(_LOOKS):
        if os.getloadavg()[0] < (os.cpu_count() or 1):
            for name in _AHEAD:
                import_module(name)
            gc.collect()  # else what commands have left behind would be frozen, and never freed
            gc.freeze()
            return
        time.sleep(_PAUSE)
