"""A bash that runs and times commands, so that programs start as they do from a user's shell."""

from __future__ import annotations

import subprocess
import time
from typing import TYPE_CHECKING, Self

from tests.shells.real_shells import SHELLS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from types import TracebackType


class TimedShell:
    """A context manager that runs a bash with this environment; `start` is a program to start it with, if any."""

    def __init__(self, env: Mapping[str, str], start: Sequence[str] = ()) -> None:
        self._env = env
        self._argv = [*start, *SHELLS["bash"]]

    def __enter__(self) -> Self:
        self._bash = subprocess.Popen(
            self._argv, env=self._env, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1
        )
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._bash.communicate()

    def measure_seconds(self, line: str) -> float:
        """Run a command, discarding its output, and return how long it took; raise an error if it fails."""
        if self._bash.stdin is None or self._bash.stdout is None:
            raise TypeError("bash has no pipes for stdin and stdout")
        start = time.perf_counter()
        self._bash.stdin.write(f"{line} >/dev/null 2>&1; echo $?\n")
        status = self._bash.stdout.readline().strip()
        took = time.perf_counter() - start
        if status != "0":
            raise RuntimeError(f"{line}: exit status {status or 'unknown'}")
        return took
