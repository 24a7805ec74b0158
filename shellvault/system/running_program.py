"""One of the programs that run side by side: how it is started, read and ended."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from contextlib import suppress
from typing import TYPE_CHECKING

from shellvault.exec_program import original_locale
from shellvault.system.pipe_selector import has_data
from shellvault.system.process_hardening import OriginalLimits
from shellvault.system.process_life import open_process

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

CHUNK = 1 << 16  # bytes
KILL: int = getattr(signal, "SIGKILL", signal.SIGTERM)
"""The signal that no program can ignore. On Windows, there is only SIGTERM."""


def keep_from_blocking(file: int) -> None:
    """Make reads from a pipe non-blocking. On Windows the reader checks for data first instead."""
    if sys.platform != "win32":
        os.set_blocking(file, False)


class RunningProgram:
    """A program that has just been started, without stdin.

    It is in a session, and so in a process group, of its own: a signal reaches what it starts as well, and without a
    terminal it fails instead of waiting for an answer.

    Attributes:
        index: the number of its run.
        pid: the process, and its group.
        end: a descriptor that becomes readable when it ends, or -1 if the system has none.
        streams: the descriptor of each pipe that is still open -> 1 for its stdout, 2 for its stderr.

    Raises:
        OSError: it could not be started.
        ValueError: its arguments or environment contain NUL.
    """

    def __init__(self, index: int, argv: Sequence[str], environ: Mapping[str, str]) -> None:
        self.index = index
        with OriginalLimits():
            self._process = subprocess.Popen(
                argv,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                env=original_locale(environ),
                start_new_session=True,
            )
        self.pid = self._process.pid
        self.end = open_process(self.pid)
        pipes = filter(None, (self._process.stdout, self._process.stderr))
        self._pipes = {pipe.fileno(): pipe for pipe in pipes}
        self.streams = {file: stream for stream, file in enumerate(self._pipes, 1)}
        for file in self.streams:
            keep_from_blocking(file)

    def send(self, number: int) -> None:
        """Send a signal to the program and to what it has started; on Windows, whatever the signal, end the program."""
        with suppress(OSError):
            if sys.platform == "win32":
                self._process.kill()
            else:
                os.killpg(self.pid, number)

    def read(self, file: int) -> bytes | None:
        """Read from one of `streams`; None if there is nothing now, nothing if it is closed at the other end."""
        if not has_data(file):
            return None
        try:
            return os.read(file, CHUNK)
        except BlockingIOError:
            return None

    def close(self, file: int) -> None:
        """Close one of `streams`."""
        del self.streams[file]
        self._pipes[file].close()

    def close_all(self) -> int:
        """Close what is open, and return the exit status of the program, which has ended.

        It is 128 and the signal's number if one has killed it, as in a shell.
        """
        for file in tuple(self.streams):
            self.close(file)
        if self.end >= 0:
            os.close(self.end)
        status = self._process.wait()
        return status if status >= 0 else 128 - status

    def has_ended_unseen(self) -> bool:
        """Return whether it has ended, and `end` does not tell."""
        return self.end < 0 and self._process.poll() is not None
