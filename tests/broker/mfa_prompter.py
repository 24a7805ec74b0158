"""An `mfa_process` under the control of a test: it records its runs and waits for the test to supply a code."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

_SCRIPT = """\
#!/bin/sh
# Records the run and its environment, then prints the next code as soon as one is available.
cd "${0%/*}" || exit
echo run >>runs
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


class MfaPrompter:
    """The `mfa_process` program, in a folder outside the sandbox, and the controls a test has over it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder / "mfa_prompter"
        self._folder.mkdir()
        self.command = str(self._folder / "ask")
        script = self._folder / "ask"
        script.write_text(_SCRIPT)
        script.chmod(0o700)

    @property
    def prompt_count(self) -> int:
        """How many times the program has run."""
        notes = self._folder / "runs"
        return notes.read_text().count("run") if notes.exists() else 0

    @property
    def environment(self) -> str:
        """The environment of the most recent run."""
        return (self._folder / "environment").read_text(errors="surrogateescape")

    def answer(self, code: str) -> None:
        """Answer the pending prompt, or the next one, with this code."""
        new = self._folder / "code.new"
        new.write_text(f"{code}\n")
        new.rename(self._folder / "code")

    def wait(self, within: float = 20) -> None:
        """Wait for the first prompt."""
        end = time.monotonic() + within
        while not self.prompt_count:
            assert time.monotonic() < end, "mfa_process was not run"
            time.sleep(0.01)
