"""A connection of the user's own ssh, over which several commands run: as ssh calls it, a multiplexed one."""

from __future__ import annotations

import os
import subprocess
import time
from contextlib import suppress
from select import select
from typing import TYPE_CHECKING

from shellvault.system.new_file import remove
from shellvault.system.process_hardening import OriginalLimits
from shellvault.system.process_life import open_process
from shellvault.system.signals import DeferInterrupt, RestoreOnSignal

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from typing import Self

_POLL = 0.2  # seconds; Python would not notice a signal that arrives just before it begins to wait
_LOOK = 2.0  # seconds between calls of `look`
_PATIENCE = 30.0  # seconds that the far side may take to answer once it is connected
_FAREWELL = 2.0  # seconds that it may take to clean up, and ssh to end
_CHUNK = 4096  # bytes
_MOST = 1 << 16  # bytes that the far side may print before it answers


class NotConnectedError(Exception):
    """The connection has ended, or was never made; ssh has said why, and `status` is its exit status."""

    def __init__(self, status: int) -> None:
        super().__init__()
        self.status = status


class NoAnswerError(Exception):
    """The far side did not run our command, or does not answer."""


class SshConnection:
    """A context with a connection on which a first command runs; it is asked for the rest by its stdin and stdout.

    Args:
        argv: the command line that makes the connection and runs the first command.
        control: the path of the socket through which other commands share the connection.
        mark: how the lines begin that the first command prints for us; the last one of them says `gone`.
        environ: the environment of ssh.
        cwd: its folder.

    Raises:
        OSError: ssh cannot be started.
    """

    def __init__(self, argv: Sequence[str], control: str, mark: str, environ: Mapping[str, str], cwd: str) -> None:
        self._argv, self._control, self._mark = argv, control, mark.encode()
        self._environ, self._cwd = environ, cwd
        self._received = b""

    def __enter__(self) -> Self:
        with DeferInterrupt() as deferred:  # an interrupt between the start and the next block would leave it running
            self._first = self._start(self._argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self._signals = RestoreOnSignal(self._first.terminate)
        self._signals.__enter__()
        if deferred.interrupted:
            self.__exit__()
            raise KeyboardInterrupt
        return self

    def __exit__(self, *_raised: object) -> None:
        with DeferInterrupt():
            self._let_go()
            self._first.terminate()  # what is still forwarded would keep it waiting
            try:
                self._first.wait(_FAREWELL)
            except subprocess.TimeoutExpired:
                self._first.kill()
                self._first.wait()
            if self._first.stdout:
                self._first.stdout.close()
            remove(self._control)  # a killed ssh leaves it
            self._signals.__exit__()

    def send(self, text: str) -> None:
        """Send a text to the first command.

        Raises:
            NotConnectedError: it has ended.
        """
        try:
            if self._first.stdin:
                self._first.stdin.write(text.encode(errors="surrogateescape"))
                self._first.stdin.flush()
        except BrokenPipeError:
            raise NotConnectedError(self._end()) from None

    def receive(self, word: str) -> str:
        """Return the rest of the line of the first command that begins with the mark and `word`; others are skipped.

        The user may take as long as they like to log in.

        Raises:
            NotConnectedError: the connection has ended.
            NoAnswerError: there is no such line.
        """
        end = 0.0
        while (found := self._find_line(word)) is None:
            if not end and self._is_shared():
                end = time.monotonic() + _PATIENCE
            self._read(end)
        return found

    def _find_line(self, word: str) -> str | None:
        """Return the rest of such a line if it has arrived."""
        while b"\n" in self._received:
            line, _, self._received = self._received.partition(b"\n")
            mark, _, text = line.strip().decode(errors="replace").partition(" ")
            first, _, rest = text.partition(" ")
            if (mark.encode(), first) == (self._mark, word):
                return rest
        return None

    def _is_shared(self) -> bool:
        """Return whether others can use the connection, because the user has logged in."""
        return os.path.exists(self._control)

    def run(self, argv: Sequence[str], look: Callable[[], None]) -> int:
        """Run a command line on our own streams, and return its exit status; call `look` every few seconds.

        Ctrl-C is for that command alone.
        """
        with DeferInterrupt():
            process = self._start(argv)
            with RestoreOnSignal(process.terminate):
                return _wait(process, look)

    def _let_go(self) -> None:
        """End the first command by ending its stdin, and wait a moment for it."""
        if self._first.stdin and not self._first.stdin.closed:
            with suppress(OSError):
                self._first.stdin.close()
            end = time.monotonic() + (_FAREWELL if self._is_shared() else 0)
            with suppress(NotConnectedError, NoAnswerError):
                while self._find_line("gone") is None:
                    self._read(end)

    def _start(
        self, argv: Sequence[str], stdin: int | None = None, stdout: int | None = None
    ) -> subprocess.Popen[bytes]:
        with OriginalLimits():
            return subprocess.Popen(argv, stdin=stdin, stdout=stdout, env=self._environ, cwd=self._cwd)

    def _read(self, end: float) -> None:
        """Wait for what the first command prints, until `end` in monotonic time; 0: for ever."""
        if (end and time.monotonic() > end) or len(self._received) > _MOST:
            raise NoAnswerError
        stdout = self._first.stdout
        if stdout and select([stdout], [], [], _POLL)[0]:
            chunk = os.read(stdout.fileno(), _CHUNK)
            if not chunk:
                raise NotConnectedError(self._end())
            self._received += chunk

    def _end(self) -> int:
        """Return the exit status of ssh, whose command has ended."""
        try:
            return _as_in_shells(self._first.wait(_FAREWELL))
        except subprocess.TimeoutExpired:  # it still forwards something
            return 0


def _wait(process: subprocess.Popen[bytes], look: Callable[[], None]) -> int:
    end = open_process(process.pid)
    try:
        looks_at = time.monotonic() + _LOOK
        while process.poll() is None:
            if end < 0:
                time.sleep(_POLL)
            else:
                select([end], [], [], _LOOK)
            if time.monotonic() >= looks_at:
                look()
                looks_at = time.monotonic() + _LOOK
    finally:
        if end >= 0:
            os.close(end)
    return _as_in_shells(process.returncode)


def _as_in_shells(status: int) -> int:
    return status if status >= 0 else 128 - status
