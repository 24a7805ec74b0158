"""Runs shellvault in a process of its own that need not start Python and load botocore first."""

from __future__ import annotations

import atexit
import os
import selectors
import signal
import socket
import subprocess
import sys
import time
from contextlib import ExitStack
from functools import cache
from threading import Lock
from typing import TYPE_CHECKING

from tests import prepared_interpreter

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

_LOCALE = "C.UTF-8"
_READ_AT_START = ("PYTHON", "LD_", "OPENSSL_", "MALLOC_", "TZ")
"""Variables that only a process that starts anew takes notice of."""
_one_at_a_time = Lock()
_PIPE = 65536  # bytes that fit into one without anybody reading
_OWN_PID = os.getpid()


def can_run_prepared(environ: Mapping[str, str], stdin: bytes) -> bool:
    """Return whether a command with this environment and input behaves the same in a forked process.

    It does not if this process is itself a fork of the one that runs the tests, with its own limits or system calls.
    """
    usual = (
        os.getpid() == _OWN_PID
        and environ.get("LC_ALL") == _LOCALE
        and not any(name.startswith(_READ_AT_START) for name in environ)
    )
    return usual and len(stdin) < _PIPE


def run_prepared(
    argv: Sequence[str], environ: Mapping[str, str], cwd: Path, stdin: bytes, timeout: float
) -> subprocess.CompletedProcess[bytes]:
    """Run shellvault with exactly this environment; `argv` begins with its name.

    Raises:
        TimeoutExpired: it took longer than `timeout` seconds, and was killed.
    """
    with ExitStack() as stack:
        mine, theirs = socket.socketpair()
        reply = stack.enter_context(mine)
        (their_in, to_stdin), (stdout, their_out), (stderr, their_err) = os.pipe(), os.pipe(), os.pipe()
        for number in (stdout, stderr):
            stack.callback(os.close, number)
        os.write(to_stdin, stdin)
        with _one_at_a_time:
            control = _start()
        socket.send_fds(control, [b"."], [their_in, their_out, their_err, theirs.fileno()])
        for number in (their_in, their_out, their_err, to_stdin):
            os.close(number)
        theirs.close()
        fields = (str(cwd), str(len(argv)), *argv, *(f"{name}={value}" for name, value in environ.items()))
        reply.sendall(b"\0".join(os.fsencode(field) for field in fields))
        reply.shutdown(socket.SHUT_WR)
        out, err, told = _read_all([stdout, stderr, reply.fileno()], argv, timeout)
    return subprocess.CompletedProcess(list(argv), int(told.split()[1]), out, err)


def _read_all(streams: Sequence[int], argv: Sequence[str], timeout: float) -> list[bytes]:
    """Read all streams to their ends; the last one tells the process's id first."""
    read = dict.fromkeys(streams, b"")
    end = time.monotonic() + timeout
    with selectors.DefaultSelector() as selector:
        for stream in streams:
            selector.register(stream, selectors.EVENT_READ)
        while selector.get_map():
            ready = selector.select(end - time.monotonic())
            if not ready:
                os.kill(int(read[streams[-1]].split()[0]), signal.SIGKILL)
                raise subprocess.TimeoutExpired(list(argv), timeout, *list(read.values())[:2])
            for key, _ in ready:
                data = os.read(key.fd, _PIPE)
                read[key.fd] += data
                if not data:
                    selector.unregister(key.fd)
    return list(read.values())


@cache
def _start() -> socket.socket:
    """Start the interpreter of this test run, and return the socket it is controlled by; it ends when that closes."""
    mine, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    argv = [sys.executable, prepared_interpreter.__file__, str(theirs.fileno())]
    environ = {"PATH": os.environ["PATH"], "LC_ALL": _LOCALE}
    process = subprocess.Popen(argv, stdin=subprocess.DEVNULL, env=environ, pass_fds=[theirs.fileno()])
    theirs.close()
    atexit.register(process.wait)
    atexit.register(mine.close)  # first
    return mine
