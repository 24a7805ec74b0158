"""Runs another program for its output: no shell in between, bounded in time and in what it prints, gone when we go."""

from __future__ import annotations

import os
import selectors
import signal
import subprocess
import time
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from shellvault.core.record import Record

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from types import FrameType

_CHUNK = 4096  # bytes
_LOOK = 0.2  # seconds: Python would not see a signal that came just before it began to wait
_GRACE = 2  # seconds that a program has to end by itself when it is told to
_FATAL = (signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT)
_running: list[subprocess.Popen[bytes]] = []


class TooSlowError(Exception):
    """The program did not end in time."""


class TooMuchError(Exception):
    """The program printed more than it may."""


class ProgramOutput(Record):
    """What became of a program: its exit status (minus the signal that killed it), and what it printed."""

    status: int
    output: bytes
    complaint: bytes


def run(
    argv: Sequence[str],
    *,
    patience: float,
    most: int,
    stdin: str = "",
    quiet: bool = False,
    environ: Mapping[str, str] | None = None,
) -> ProgramOutput:
    """Run a program to its end.

    Args:
        argv: the program and its arguments, which other users may see.
        patience: seconds until it is ended.
        most: bytes that it may print on stdout; of stderr the end is kept.
        stdin: what it reads; what waits on our own stdin is for the command that `exec` will run.
        quiet: keep its stderr from the person, and return it as the complaint.
        environ: its environment, by default ours.

    Raises:
        OSError: it could not be started.
        TooSlowError: it took longer.
        TooMuchError: it printed more.
        KeyboardInterrupt: Ctrl-C; the program is gone.
    """
    with _interruptions() as interrupted:
        process = subprocess.Popen(
            argv,
            stdin=subprocess.PIPE if stdin else subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE if quiet else None,
            env=environ,
        )
    with _gone_in_the_end(process):
        if interrupted:
            raise KeyboardInterrupt
        _feed(process, stdin)
        output, complaint = _collected(process, time.monotonic() + patience, most)
        return ProgramOutput(process.returncode, bytes(output), bytes(complaint))


def end_all() -> None:
    """Kill what runs: for those who end this process without unwinding it."""
    for process in _running:
        with suppress(OSError):
            process.kill()


@contextmanager
def _interruptions() -> Iterator[list[int]]:
    """Note Ctrl-C instead of raising it: between a program's start and the block that ends it, it would stay behind."""
    noted: list[int] = []
    before = signal.getsignal(signal.SIGINT)
    if before != signal.SIG_IGN:  # the program would not inherit that
        signal.signal(signal.SIGINT, lambda number, _frame: noted.append(number))
    try:
        yield noted
    finally:
        signal.signal(signal.SIGINT, before)


@contextmanager
def _gone_in_the_end(process: subprocess.Popen[bytes]) -> Iterator[None]:
    """End the program whatever ends this block, a signal that kills us included: a dialog must not stay behind."""
    found = {number: signal.getsignal(number) for number in _FATAL}
    handlers = {number: handler for number, handler in found.items() if handler != signal.SIG_IGN}  # as under nohup

    def end_and_die(number: int, _frame: FrameType | None) -> None:
        process.kill()
        signal.signal(number, handlers[signal.Signals(number)])
        os.kill(os.getpid(), number)

    for number in handlers:
        signal.signal(number, end_and_die)
    _running.append(process)
    try:
        yield
    finally:
        _end(process)
        _running.remove(process)
        for number, handler in handlers.items():
            signal.signal(number, handler)


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


def _feed(process: subprocess.Popen[bytes], text: str) -> None:
    if process.stdin:
        with suppress(BrokenPipeError):  # it did not want to know
            process.stdin.write(text.encode(errors="replace"))
            process.stdin.close()


def _collected(process: subprocess.Popen[bytes], deadline: float, most: int) -> tuple[bytearray, bytearray]:
    """Return what it prints until it has ended: what it started may hold its streams for longer, even for ever."""
    output, complaint = bytearray(), bytearray()
    with selectors.DefaultSelector() as selector:
        for stream, kept in ((process.stdout, output), (process.stderr, complaint)):
            if stream:
                selector.register(stream, selectors.EVENT_READ, kept)
        while selector.get_map():
            has_ended = process.poll() is not None
            ready = selector.select(0 if has_ended else _LOOK)
            if has_ended and not ready:
                break
            for key, _ in ready:
                _take(selector, key)
            del complaint[: -2 * _CHUNK]
            if len(output) > most:
                raise TooMuchError
            if time.monotonic() > deadline:
                raise TooSlowError
    try:
        process.wait(max(0, deadline - time.monotonic()))
    except subprocess.TimeoutExpired:
        raise TooSlowError from None
    return output, complaint


def _take(selector: selectors.BaseSelector, key: selectors.SelectorKey) -> None:
    chunk = os.read(key.fd, _CHUNK)
    if not chunk:
        selector.unregister(key.fileobj)
    key.data.extend(chunk)
