"""Runs a program that gives a code: no shell in between, bounded in time and in what it prints, gone when we go."""

from __future__ import annotations

import os
import selectors
import signal
import subprocess
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from shellvault.errors import PersonNeededError
from shellvault.record import Record

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from types import FrameType

FOR_PEOPLE = 180  # seconds that a dialog waits: its asker may hold a lock that other shells wait for
FOR_MACHINES = 60
LONGEST = 4096  # bytes; no code and no complaint is longer
_LOOK = 0.2  # seconds: Python would not see a signal that came just before it began to wait
_GRACE = 2  # seconds that a program has to end by itself when it is told to
_FATAL = (signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT)


class Answer(Record):
    """What became of a program: its exit status (minus the signal that killed it), and what it printed."""

    status: int
    output: str
    complaint: str = ""


def run(name: str, argv: Sequence[str], patience: float, *, stdin: str = "", quiet: bool = False) -> Answer:
    """Run a program to its end; `quiet` keeps its stderr from the person and returns it as the complaint.

    Raises:
        OSError: it could not be started.
        PersonNeededError: it took longer than `patience` seconds, or printed more than any code is long; says `name`.
        KeyboardInterrupt: Ctrl-C; the program is gone.
    """
    process = subprocess.Popen(  # what waits on our own stdin is for the command that `exec` will run
        argv,
        stdin=subprocess.PIPE if stdin else subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE if quiet else None,
    )
    with _gone_in_the_end(process):
        _feed(process, stdin)
        try:
            output, complaint = _collected(process, patience)
        except subprocess.TimeoutExpired:
            raise PersonNeededError(f"{name} gave no code within {patience:g} s", "run the command again") from None
        if len(output) > LONGEST:
            raise PersonNeededError(f"{name} printed far more than a code", "run it by hand to see what it prints")
        return Answer(process.returncode, _text(output), _text(complaint))


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
    try:
        yield
    finally:
        _end(process)
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
        try:
            process.stdin.write(text.encode(errors="replace"))
            process.stdin.close()
        except BrokenPipeError:
            pass  # it did not want to know


def _collected(process: subprocess.Popen[bytes], patience: float) -> tuple[bytearray, bytearray]:
    """Return what it prints until it has ended: what it started may hold its streams for longer, even for ever."""
    deadline = time.monotonic() + patience
    output, complaint = bytearray(), bytearray()
    with selectors.DefaultSelector() as selector:
        for stream, kept in ((process.stdout, output), (process.stderr, complaint)):
            if stream:
                selector.register(stream, selectors.EVENT_READ, kept)
        while selector.get_map() and len(output) <= LONGEST:
            has_ended = process.poll() is not None
            ready = selector.select(0 if has_ended else _LOOK)
            if has_ended and not ready:
                break
            for key, _ in ready:
                _take(selector, key)
            if time.monotonic() > deadline:
                raise subprocess.TimeoutExpired(process.args, patience)
    if len(output) <= LONGEST:
        process.wait(max(0, deadline - time.monotonic()))
    return output, complaint


def _take(selector: selectors.BaseSelector, key: selectors.SelectorKey) -> None:
    chunk = os.read(key.fd, LONGEST)
    if not chunk:
        selector.unregister(key.fileobj)
    key.data.extend(chunk)
    del key.data[: -2 * LONGEST]  # of a long complaint the end is kept


def _text(printed: bytearray) -> str:
    return printed.decode(errors="replace").strip()
