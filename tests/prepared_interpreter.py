"""An interpreter with everything loaded, as an agent has after its first calls: forks a process for each command line.

What a new process does before its command begins is thereby not tested: the console script, and what a command imports.
Every shell of these tests runs that, and so do `tests/broker/test_warm_path.py` and `.ci/main-job`.
"""

from __future__ import annotations

import gc
import os
import resource
import selectors
import signal
import socket
import sys
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from pkgutil import walk_packages
from traceback import print_exc
from typing import TYPE_CHECKING

import shellvault

if TYPE_CHECKING:
    from typing import NoReturn

_SERVICES = ("sts", "iam", "sso", "sso-oidc", "signin")


def main() -> None:
    """Serve the socket whose number is the argument, until its other end is closed."""
    control = socket.socket(fileno=int(sys.argv[1]))
    sys.path[0] = str(Path(sys.executable).parent)  # as the console script has it
    _load()
    with selectors.DefaultSelector() as running:
        running.register(control, selectors.EVENT_READ)
        while True:
            for key, _ in running.select():
                if key.fileobj is not control:
                    running.unregister(key.fileobj)
                    _report(key.fd, key.data)
                elif not _start(control, running):
                    return


def _load() -> None:
    """Load every module, and the models of the services of AWS."""
    for module in walk_packages(shellvault.__path__, "shellvault."):
        import_module(module.name)
    from shellvault.aws.client import _share_session  # noqa: PLC0415 - it is slow, and this process is ready late enough

    for service in _SERVICES:
        _share_session(service).create_client(service, region_name="eu-west-1")
    gc.collect()
    gc.freeze()  # keeps its pages shared


def _start(control: socket.socket, running: selectors.BaseSelector) -> bool:
    """Start the process of one request, and return whether there was one."""
    message, numbers, _, _ = socket.recv_fds(control, 1, 4)
    if not message:
        return False
    *streams, number = numbers
    reply = socket.socket(fileno=number)
    fields = b"".join(iter(lambda: reply.recv(65536), b"")).split(b"\0")
    pid = os.fork()
    if not pid:
        _become(streams, fields)
    for stream in streams:
        os.close(stream)
    reply.sendall(b"%d\n" % pid)
    running.register(os.pidfd_open(pid), selectors.EVENT_READ, (pid, reply))
    return True


def _report(pidfd: int, process: tuple[int, socket.socket]) -> None:
    """Reply with the status of a process that has ended."""
    pid, reply = process
    os.close(pidfd)
    status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    with reply, suppress(BrokenPipeError):  # nobody may be waiting any more
        reply.sendall(b"%d\n" % status)
        reply.shutdown(socket.SHUT_WR)  # although later processes may have inherited it


def _become(streams: list[int], fields: list[bytes]) -> NoReturn:
    """Become the process asked for: the fields are its folder, the number of its words, these, and its variables."""
    try:
        for number, stream in enumerate(streams):
            os.dup2(stream, number)
        os.closerange(len(streams), resource.getrlimit(resource.RLIMIT_NOFILE)[0])
        os.chdir(fields[0])
        words = int(fields[1]) + 2
        sys.argv[:] = map(os.fsdecode, fields[2:words])
        os.environb.clear()
        os.environb.update(dict(field.split(b"=", 1) for field in fields[words:]))
        signal.signal(signal.SIGINT, signal.default_int_handler)
        import_module("shellvault.__main__").main()
    except BaseException:  # noqa: BLE001 - whatever it is, this process must not go on as its parent
        print_exc()
    os._exit(1)


if __name__ == "__main__":
    main()
