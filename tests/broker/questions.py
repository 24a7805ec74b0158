"""An `mfa_process` that a test controls: it counts how often it was asked, and waits for its code."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

_SCRIPT = """\
#!/bin/sh
# Writes down that it was asked and in what environment, and prints the next code as soon as there is one.
cd "${0%/*}" || exit
echo asked >>asked
env -0 >environment
while kill -0 "$PPID" 2>/dev/null; do
  if mv code "taken.$$" 2>/dev/null; then
    cat "taken.$$"
    rm "taken.$$"
    exit
  fi
  sleep 0.02
done
"""


class Questions:
    """The program and what a test may do with it; its folder is none of the sandbox's."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder / "questions"
        self._folder.mkdir()
        self.command = str(self._folder / "ask")
        script = self._folder / "ask"
        script.write_text(_SCRIPT)
        script.chmod(0o700)

    @property
    def asked(self) -> int:
        """How often it was run."""
        notes = self._folder / "asked"
        return notes.read_text().count("asked") if notes.exists() else 0

    @property
    def environment(self) -> str:
        """The environment in which it was run the last time."""
        return (self._folder / "environment").read_text(errors="surrogateescape")

    def give(self, code: str) -> None:
        """Let the question that waits, or else the next one, be answered so."""
        new = self._folder / "code.new"
        new.write_text(f"{code}\n")
        new.rename(self._folder / "code")

    def wait(self, within: float = 20) -> None:
        """Wait until it was asked."""
        end = time.monotonic() + within
        while not self.asked:
            assert time.monotonic() < end, "nobody was asked"
            time.sleep(0.01)
