"""A browser that follows the page it is given, and records it; BROWSER names it."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

_SCRIPT = """\
#!{python} -I
import sys, urllib.request
with open({notes!r}, "a") as notes:
    notes.write(sys.argv[1] + "\\n")
urllib.request.build_opener(urllib.request.ProxyHandler({{}})).open(sys.argv[1], timeout=30).read()
"""


class SignInBrowser:
    """The program, and the pages that it was given."""

    def __init__(self, folder: Path) -> None:
        self._notes = folder / "opened"
        self.path = folder / "browser"
        self.path.write_text(_SCRIPT.format(python=sys.executable, notes=str(self._notes)))
        self.path.chmod(0o700)

    @property
    def opened(self) -> list[str]:
        """The URLs that it was given."""
        return self._notes.read_text().splitlines() if self._notes.exists() else []

    def wait(self, within: float = 20) -> str:
        """Return the first page that it is given."""
        end = time.monotonic() + within
        while not self.opened:
            assert time.monotonic() < end, "no browser was opened"
            time.sleep(0.02)
        return self.opened[0]
