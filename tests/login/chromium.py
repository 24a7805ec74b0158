"""A real Chromium without a window, as the program that BROWSER names; it reaches nothing but this machine."""

from __future__ import annotations

import json
import os
import shutil
import signal
import time
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from urllib.parse import quote

from tests.storage.child_processes import wait_until

TIME_LIMIT = 30  # seconds

_SCRIPT = """\
#!/bin/sh
echo $$ >>{pids}
exec {chromium} --headless=new --no-sandbox --disable-gpu --disable-background-networking --password-store=basic \\
  --remote-debugging-port=0 "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1" "$@"
"""


class Chromium:
    """The program, and the browsers that were started with it, each with a folder below `folders`."""

    def __init__(self, place: Path, folders: Path) -> None:
        found = shutil.which("chromium")
        assert found, "chromium is not installed, and this test must not pass without it"
        self.path = place / "chromium"
        self._pids = place / "pids"
        self.path.write_text(_SCRIPT.format(chromium=found, pids=self._pids))
        self.path.chmod(0o700)
        self._folders = folders

    def folders(self) -> list[Path]:
        """Return the browsers' folders."""
        return sorted(self._folders.iterdir()) if self._folders.exists() else []

    def open_page(self, folder: Path, url: str) -> str:
        """Open a page in the browser of this folder, and return its title."""
        tab = self._ask_browser(folder, "PUT", f"/json/new?{quote(url, safe='')}")["id"]
        end = time.monotonic() + TIME_LIMIT
        while time.monotonic() < end:
            (title,) = (each["title"] for each in self._ask_browser(folder, "GET", "/json/list") if each["id"] == tab)
            if title and "127.0.0.1" not in title:  # until the page is loaded, its address is its title
                return str(title)
            time.sleep(0.05)
        raise AssertionError(f"{url} has no title")

    def stop(self) -> None:
        """End every browser, and wait until its helpers have ended, too: they still write to its folder."""
        for pid in map(int, self._pids.read_text().split() if self._pids.exists() else ()):
            if self._is_ours(pid):
                os.kill(pid, signal.SIGTERM)
        wait_until(lambda: not any(self._is_ours(int(path.name)) for path in Path("/proc").glob("[0-9]*")))

    def _is_ours(self, pid: int) -> bool:
        """Return whether a process uses a folder of ours: a later one may have its id."""
        try:
            return str(self._folders).encode() in Path(f"/proc/{pid}/cmdline").read_bytes()
        except OSError:
            return False

    def _ask_browser(self, folder: Path, method: str, path: str) -> Any:
        port = int((folder / "DevToolsActivePort").read_text().splitlines()[0])
        line = HTTPConnection("127.0.0.1", port, timeout=TIME_LIMIT)
        try:
            line.request(method, path)
            return json.loads(line.getresponse().read())
        finally:
            line.close()
