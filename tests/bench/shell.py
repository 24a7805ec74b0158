"""One bash that waits for lines and runs them, so that every program is started as a person's shell starts it."""

from __future__ import annotations

import subprocess
import time
from typing import TYPE_CHECKING, Self

from tests.shells.run import SHELLS

if TYPE_CHECKING:
    from collections.abc import Mapping
    from types import TracebackType


class Shell:
    """A context manager around a bash with this environment."""

    def __init__(self, env: Mapping[str, str]) -> None:
        self._env = env

    def __enter__(self) -> Self:
        self._bash = subprocess.Popen(
            SHELLS["bash"], env=self._env, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1
        )
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._bash.communicate()

    def seconds(self, line: str) -> float:
        """Run a line, throw away what it prints, and return how long it took; one that fails raises."""
        if self._bash.stdin is None or self._bash.stdout is None:
            raise TypeError("both ends of this bash are pipes")
        began = time.perf_counter()
        self._bash.stdin.write(f"{line} >/dev/null 2>&1; echo $?\n")
        status = self._bash.stdout.readline().strip()
        took = time.perf_counter() - began
        if status != "0":
            raise RuntimeError(f"{line}: exit status {status or 'unknown'}")
        return took
