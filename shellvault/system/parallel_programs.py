"""Runs one program many times, side by side, each time with another environment. None of them outlives us."""

from __future__ import annotations

import os
import selectors
import signal
import time
from collections import deque
from contextlib import contextmanager, suppress
from errno import EINVAL
from functools import partial
from typing import TYPE_CHECKING

from shellvault.exec_program import explain_failure
from shellvault.system import child_program
from shellvault.system.pipe_selector import open_selector
from shellvault.system.process_hardening import raise_file_limit
from shellvault.system.running_program import CHUNK, KILL, RunningProgram, keep_from_blocking
from shellvault.system.signals import AroundSuspend, CountSignals

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from typing import Protocol

    from shellvault.system.child_guard import ChildGuard

    Environ = Mapping[str, str]

    class Listener(Protocol):
        """Is told of each run by its number, always in the main thread; whatever OSError it raises ends all runs."""

        def printed(self, index: int, stream: int, data: bytes) -> bool:
            """Take what a run printed to stdout (1) or stderr (2); return False to end that run."""

        def ended(self, index: int, status: int) -> None:
            """Take the exit status of a run; 128 and the signal's number if one has killed it, as in a shell."""

        def failed(self, index: int, error: Exception) -> None:
            """Take the reason why a run did not start."""

        def look(self, running: int) -> None:
            """Take the number of runs that are under way; called a few times a second."""


GRACE = 3.0  # seconds between SIGTERM and SIGKILL
_POLL = 0.2  # seconds
_MOST_CHUNKS = 64  # after its end; a program that it left behind may never stop printing
_FILES_EACH, _OWN_FILES = 8, 24  # open files: of a run and the session that it needs, and ours


class ParallelPrograms:
    """Runs a program.

    Args:
        argv: the program and its arguments.
        prepare: returns the environment of the run with this number, or raises; it is called in other threads.
        start: runs a job in another thread.
        listener: is told what happens.
        guard: ends what is left if this process dies.
    """

    def __init__(
        self,
        argv: Sequence[str],
        prepare: Callable[[int], Environ],
        start: Callable[[Callable[[], None]], None],
        listener: Listener,
        guard: ChildGuard,
    ) -> None:
        self._argv = argv
        self._prepare = prepare
        self._start = start
        self._listener = listener
        self._guard = guard
        self._preparing: set[int] = set()
        self._prepared: deque[tuple[int, Environ | Exception]] = deque()
        self._children: dict[int, RunningProgram] = {}
        self._failure: OSError | None = None
        self._looks_at = time.monotonic() + _POLL  # the time to show the progress next
        self._kills_at = 0.0  # the time for SIGKILL, once all runs are being ended
        self._selector = open_selector()
        self._reader, self._writer = os.pipe()
        for end in (self._reader, self._writer):
            keep_from_blocking(end)
        self._bell = open(self._writer, "wb", buffering=0)  # noqa: SIM115 - open as long as threads may ring it
        self._selector.register(self._reader, selectors.EVENT_READ, self._start_prepared)
        self._signals = CountSignals(self._writer)

    def run(self, count: int, jobs: int) -> int:
        """Run it `count` times, at most `jobs` at a time; return the signal that has ended this early, or 0.

        It may be fewer at a time where this process may not open enough files.

        Ctrl-C, SIGTERM and SIGHUP end all runs, by SIGTERM first and then by SIGKILL; a second one kills at once.

        Raises:
            OSError: the listener raised it; all runs have ended.
        """
        files = raise_file_limit(jobs * _FILES_EACH + _OWN_FILES)
        jobs = min(jobs, max(1, (files - _OWN_FILES) // _FILES_EACH))
        waiting = deque(range(count))
        suspend = AroundSuspend(lambda: self._send_all(signal.SIGSTOP), lambda: self._send_all(signal.SIGCONT))
        try:
            with suspend, self._signals as signals:
                while waiting or self._preparing or self._children:
                    while waiting and len(self._preparing) + len(self._children) < jobs:
                        self._begin(waiting.popleft())
                    self._handle_events()
                    if self.is_ending():
                        waiting.clear()
                        self._end_all(at_once=signals.count > 1)
        finally:
            self._send_all(KILL)  # after a bug of ours
        if self._failure:
            raise self._failure
        return signals.number

    def is_ending(self) -> bool:
        """Return whether all runs are being ended."""
        return bool(self._signals.count or self._failure)

    def _begin(self, index: int) -> None:
        """Prepare a run in another thread, and start it when that is done."""

        def prepare() -> None:
            try:
                found: Environ | Exception = self._prepare(index)
            except Exception as error:  # noqa: BLE001 - the listener gets it
                found = error
            self._prepared.append((index, found))
            self._bell.write(b"!")

        self._preparing.add(index)
        self._start(prepare)

    def _handle_events(self) -> None:
        for key, _ in self._selector.select(_POLL):
            with self._noted_failure():
                key.data()
        for child in [child for child in self._children.values() if child.has_ended_unseen()]:
            with self._noted_failure():
                self._finish(child)
        if time.monotonic() >= self._looks_at:
            self._looks_at = time.monotonic() + _POLL
            with self._noted_failure():
                self._listener.look(len(self._preparing) + len(self._children))

    @contextmanager
    def _noted_failure(self) -> Iterator[None]:
        """Note what the listener raised, in order to end all runs."""
        try:
            yield
        except OSError as error:
            self._failure = self._failure or error

    def _start_prepared(self) -> None:
        """Start what has been prepared since the bell rang, or tell why it cannot be started."""
        with suppress(BlockingIOError):
            os.read(self._reader, CHUNK)
        while self._prepared:
            index, found = self._prepared.popleft()
            if index not in self._preparing:  # too late: all runs are being ended
                continue
            self._preparing.remove(index)
            if isinstance(found, Exception):
                self._listener.failed(index, found)
            else:
                self._start_program(index, found)

    def _start_program(self, index: int, environ: Environ) -> None:
        try:
            child = RunningProgram(index, self._argv, environ)
        except OSError as error:  # it is gone, or there are too many processes
            self._listener.failed(index, explain_failure(self._argv[0], error))
        except ValueError as error:  # NUL in a variable
            self._listener.failed(index, explain_failure(self._argv[0], OSError(EINVAL, str(error))))
        else:
            self._attend(child)

    def _attend(self, child: RunningProgram) -> None:
        """Watch a program from now on."""
        self._guard.watch(child.pid)
        self._children[child.index] = child
        for file in child.streams:
            self._selector.register(file, selectors.EVENT_READ, partial(self._read, child, file))
        if child.end >= 0:
            self._selector.register(child.end, selectors.EVENT_READ, partial(self._finish, child))

    def _read(self, child: RunningProgram, file: int) -> bool:
        """Read what there is of one stream; return False if there is nothing now."""
        if file not in child.streams:  # closed by what was handled just before
            return False
        data = child.read(file)
        if data == b"":
            self._selector.unregister(file)
            child.close(file)
        elif data and not self._listener.printed(child.index, child.streams[file], data):
            child.send(KILL)
        return bool(data)

    def _finish(self, child: RunningProgram) -> None:
        """End what a program has left behind in its process group, and tell how it ended."""
        del self._children[child.index]
        child.send(KILL)
        try:
            for file in tuple(child.streams):
                for _ in range(_MOST_CHUNKS):
                    if not self._read(child, file):
                        break
        finally:
            for file in (*child.streams, *([child.end] if child.end >= 0 else [])):
                self._selector.unregister(file)
            status = child.close_all()
        self._guard.release(child.pid)
        self._listener.ended(child.index, status)

    def _end_all(self, *, at_once: bool) -> None:
        """End every run: by SIGTERM, and if called again after a while or `at_once`, by SIGKILL."""
        if not self._kills_at:
            self._kills_at = time.monotonic() + GRACE
            self._preparing.clear()
            child_program.kill_all()
            self._send_all(signal.SIGTERM)
        if at_once or time.monotonic() > self._kills_at:
            self._send_all(KILL)

    def _send_all(self, number: int) -> None:
        for child in self._children.values():
            child.send(number)
