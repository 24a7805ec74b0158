"""A browser that stays on this machine: it follows redirects as long as they lead to 127.0.0.1."""

from __future__ import annotations

import json
import sys
import time
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

_SCRIPT = """\
#!{python} -I
import http.client, json, sys, urllib.parse
page, seen = sys.argv[-1], []
if page.startswith("ext+container:"):
    page = urllib.parse.parse_qs(page.partition(":")[2])["url"][0]
while page.startswith("http://127.0.0.1:"):
    parts = urllib.parse.urlsplit(page)
    line = http.client.HTTPConnection(parts.netloc, timeout=20)
    line.request("GET", page.partition(parts.netloc)[2])
    answer = line.getresponse()
    seen.append([page, answer.status, dict(answer.getheaders())])
    page = answer.getheader("Location") or ""
seen.append([page, 0, {{}}])
with open({notes!r} + ".new", "w") as notes:
    json.dump({{"argv": sys.argv[1:], "seen": seen}}, notes)
import os
os.rename({notes!r} + ".new", {notes!r})
"""


class ConsoleBrowser:
    """The program, which BROWSER names, and the pages it has visited."""

    def __init__(self, folder: Path, name: str = "viewer") -> None:
        self._notes = folder / "seen.json"
        self.path = folder / name
        self.path.write_text(_SCRIPT.format(python=sys.executable, notes=str(self._notes)))
        self.path.chmod(0o700)

    @property
    def argv(self) -> list[str]:
        """The arguments it was started with."""
        return [str(word) for word in self._read_notes()["argv"]]

    @property
    def pages(self) -> list[tuple[str, int]]:
        """The pages it visited, each with its status; it did not open the last one."""
        return [(page, status) for page, status, _ in self._read_notes()["seen"]]

    @property
    def first_headers(self) -> dict[str, str]:
        """The headers of the first page."""
        return {str(name): str(value) for name, value in self._read_notes()["seen"][0][2].items()}

    def _read_notes(self) -> dict[str, Any]:
        end = time.monotonic() + 20
        while not self._notes.exists():
            assert time.monotonic() < end, "no browser was opened"
            time.sleep(0.02)
        notes: dict[str, Any] = json.loads(self._notes.read_text())
        return notes
