"""Runs another program for its output: no shell, limits on its time and output, and it never outlives us."""

from __future__ import annotations

import os
import selectors
import subprocess
import time
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from shellvault.core.record import Record
from shellvault.system.pipe_selector import open_selector
from shellvault.system.process_hardening import OriginalLimits
from shellvault.system.signals import DeferInterrupt, RestoreOnSignal

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    Argv = Sequence[str]
    Environ = Mapping[str, str]
    Texts = Iterable[str]

_CHUNK = 4096  # bytes
_POLL = 0.2  # seconds; Python would not notice a signal that arrives just before it begins to wait
_GRACE = 2  # seconds between SIGTERM and SIGKILL
_running: list[subprocess.Popen[bytes]] = []


class TooSlowError(Exception):
    """The program did not end in time."""


class TooMuchError(Exception):
    """The program printed more than it may."""


class ProgramOutput(Record):
    """How a program ended: its exit status (or minus the signal that killed it), stdout, and stderr if captured."""

    status: int
    stdout: bytes
    stderr: bytes


def run(
    argv: Argv, *, environ: Environ, cwd: str, patience: float, most: int, stdin: Texts = (), quiet: bool = False
) -> ProgramOutput:
    """Run a program to its end.

    Args:
        argv: the program and its arguments, which other users may see.
        environ: its environment, whose PATH finds it.
        cwd: its folder.
        patience: seconds until it is ended.
        most: bytes that it may print on stdout; of stderr the end is kept.
        stdin: texts that it reads, each as soon as there is one; our own stdin is for the command that `exec` will run.
        quiet: capture its stderr instead of showing it.

    Raises:
        OSError: it could not be started.
        TooSlowError: it took longer.
        TooMuchError: it printed more.
        KeyboardInterrupt: Ctrl-C; the program has ended.
    """
    with DeferInterrupt() as deferred:  # an interrupt between the start and the next block would leave it running
        process = _start(argv, environ, cwd, piped=bool(stdin), quiet=quiet)
    with _ended_at_exit(process):
        if deferred.interrupted:
            raise KeyboardInterrupt
        _feed(process, stdin)
        stdout, stderr = _collect(process, time.monotonic() + patience, most)
        return ProgramOutput(process.returncode, bytes(stdout), bytes(stderr))


def _start(argv: Argv, environ: Environ, cwd: str, *, piped: bool, quiet: bool) -> subprocess.Popen[bytes]:
    with OriginalLimits():
        return subprocess.Popen(
            argv,
            stdin=subprocess.PIPE if piped else subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE if quiet else None,
            env=environ,
            cwd=cwd,
        )


def kill_all() -> None:
    """Kill the programs that run, for callers that end this process without unwinding it."""
    for process in _running:
        with suppress(OSError):
            process.kill()


@contextmanager
def _ended_at_exit(process: subprocess.Popen[bytes]) -> Iterator[None]:
    """End the program however this block ends, by a signal too: no dialog may stay behind."""
    with RestoreOnSignal(process.kill):
        _running.append(process)
        try:
            yield
        finally:
            _end(process)
            _running.remove(process)


def _end(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(_GRACE)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
    for stream in (process.stdin, process.stdout, process.stderr):
        if stream and not stream.closed:
            stream.close()


def _feed(process: subprocess.Popen[bytes], texts: Texts) -> None:
    if process.stdin:
        with suppress(BrokenPipeError):  # it does not read its stdin
            for text in texts:
                process.stdin.write(text.encode(errors="replace"))
                process.stdin.flush()
        with suppress(BrokenPipeError):
            process.stdin.close()


def _collect(process: subprocess.Popen[bytes], deadline: float, most: int) -> tuple[bytearray, bytearray]:
    """Return what it prints until it ends; programs that it started may hold its streams open for longer."""
    stdout, stderr = bytearray(), bytearray()
    with open_selector() as selector:
        for stream, kept in ((process.stdout, stdout), (process.stderr, stderr)):
            if stream:
                selector.register(stream, selectors.EVENT_READ, kept)
        while selector.get_map():
            has_ended = process.poll() is not None
            ready = selector.select(0 if has_ended else _POLL)
            if has_ended and not ready:
                break
            for key, _ in ready:
                _read_chunk(selector, key)
            del stderr[: -2 * _CHUNK]
            _require_within(len(stdout), most, deadline)
    try:
        process.wait(max(0, deadline - time.monotonic()))
    except subprocess.TimeoutExpired:
        raise TooSlowError from None
    return stdout, stderr


def _require_within(length: int, most: int, deadline: float) -> None:
    if length > most:
        raise TooMuchError
    if time.monotonic() > deadline:
        raise TooSlowError


def _read_chunk(selector: selectors.BaseSelector, key: selectors.SelectorKey) -> None:
    chunk = os.read(key.fd, _CHUNK)
    if not chunk:
        selector.unregister(key.fileobj)
    key.data.extend(chunk)
