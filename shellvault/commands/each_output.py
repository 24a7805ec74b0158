"""How `each` shows what its runs print: line by line, a group for each run, or a JSON object for each run.

What has to wait for the end of a run is kept in memory, never in a file: it may contain secrets.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from shellvault.commands.each_report import (
    explain_error,
    format_header,
    format_prefixes,
    format_progress,
    format_record,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from shellvault.commands.each_report import EachRun

    Write = Callable[[int, bytes], None]

_LONGEST_LINE = 1 << 20  # bytes; the rest of a longer one begins a new line
_MOST = 256 << 20  # bytes that wait in memory
_TOO_MUCH = b"error: more than 256 MiB of output are waiting\nhint: leave out --json and --group, or print less\n"
_STDERR = 2


class EachOutput:
    """Shows the lines of all runs as they come, each after the run's name: a `Listener`.

    Args:
        runs: the runs, in the order of their numbers.
        write: writes to stdout (1) or stderr (2).
        progress: shows a line about how far the runs are.
    """

    def __init__(self, runs: Sequence[EachRun], write: Write, progress: Callable[[str], None]) -> None:
        self.statuses: dict[int, int] = {}
        self._runs = runs
        self._write = write
        self._progress = progress
        self._prefixes = format_prefixes(runs)
        self._begun: defaultdict[int, dict[int, bytes]] = defaultdict(dict)  # run -> stream -> a line without its end

    def printed(self, index: int, stream: int, data: bytes) -> bool:
        """See `Listener`."""
        *lines, begun = (self._begun[index].get(stream, b"") + data).split(b"\n")
        if len(begun) > _LONGEST_LINE:
            lines, begun = [*lines, begun], b""
        self._begun[index][stream] = begun
        self._write_lines(index, stream, lines)
        return True

    def ended(self, index: int, status: int) -> None:
        """See `Listener`."""
        self.statuses[index] = status
        for stream, begun in self._begun.pop(index, {}).items():
            self._write_lines(index, stream, [begun] if begun else [])

    def failed(self, index: int, error: Exception) -> None:
        """See `Listener`."""
        status, text = explain_error(error)
        self.printed(index, _STDERR, text)
        self.ended(index, status)

    def look(self, running: int) -> None:
        """See `Listener`."""
        self._progress(format_progress(self.statuses.values(), len(self._runs), running))

    def close(self) -> None:
        """Show what is still waiting, and show the progress no longer."""
        self._progress("")

    def _write_lines(self, index: int, stream: int, lines: Sequence[bytes]) -> None:
        if lines:
            self._write(stream, b"".join(b"%b%b\n" % (self._prefixes[index], line) for line in lines))


class _WaitingOutput(EachOutput):
    """Keeps what runs print until it can be shown, up to `most` bytes."""

    def __init__(
        self, runs: Sequence[EachRun], write: Write, progress: Callable[[str], None], most: int = _MOST
    ) -> None:
        super().__init__(runs, write, progress)
        self._most = most
        self._waiting: defaultdict[int, dict[int, bytearray]] = defaultdict(lambda: {1: bytearray(), 2: bytearray()})
        self._size = 0
        self._over: set[int] = set()

    def printed(self, index: int, stream: int, data: bytes) -> bool:
        """See `Listener`."""
        if self._size + len(data) > self._most and index not in self._over:
            self._over.add(index)
            self._keep(index, _STDERR, _TOO_MUCH)
        if index in self._over:
            return False
        self._keep(index, stream, data)
        return True

    def _keep(self, index: int, stream: int, data: bytes) -> None:
        self._size += len(data)
        self._waiting[index][stream] += data

    def take(self, index: int) -> tuple[bytes, bytes]:
        """Return what a run has printed to stdout and to stderr."""
        stdout, stderr = map(bytes, self._waiting.pop(index, {}).values() or (b"", b""))
        self._size -= len(stdout) + len(stderr)
        return stdout, stderr


class GroupedOutput(_WaitingOutput):
    """Shows the output of each run under a header, in the order of the runs: stdout, and then stderr.

    The lines of stderr have the run's name, too, for stderr may go elsewhere.
    """

    _next = 0

    def ended(self, index: int, status: int) -> None:
        """See `Listener`."""
        self.statuses[index] = status
        while self._next in self.statuses:
            self._next += 1
            self._show(self._next - 1)

    def close(self) -> None:
        """See `EachOutput`."""
        for index in sorted(self._waiting):
            self._show(index)
        super().close()

    def _show(self, index: int) -> None:
        self._write(1, format_header(self._runs[index], self.statuses.get(index, 0)))
        stdout, stderr = self.take(index)
        self._write(1, stdout if not stdout or stdout.endswith(b"\n") else stdout + b"\n")
        self._write_lines(index, _STDERR, stderr.removesuffix(b"\n").split(b"\n") if stderr else [])


class JsonOutput(_WaitingOutput):
    """Shows each run as a JSON object, as they end.

    Args:
        runs: see `EachOutput`.
        write: see `EachOutput`.
        progress: see `EachOutput`.
        find_account: returns the account of a profile, if it is known.
        ascii_only: whether to escape all other characters, because somebody reads it on a terminal.
        most: see `_WaitingOutput`.
    """

    def __init__(
        self,
        runs: Sequence[EachRun],
        write: Write,
        progress: Callable[[str], None],
        find_account: Callable[[str], str | None],
        *,
        ascii_only: bool,
        most: int = _MOST,
    ) -> None:
        super().__init__(runs, write, progress, most)
        self._find_account = find_account
        self._ascii_only = ascii_only

    def ended(self, index: int, status: int) -> None:
        """See `Listener`."""
        self.statuses[index] = status
        run, outputs = self._runs[index], self.take(index)
        account = self._find_account(run.profile) or ""
        self._write(1, format_record(run, account, status, outputs, ascii_only=self._ascii_only))
