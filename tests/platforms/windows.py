"""A machine like Windows, as far as Linux can play it: `tests.platforms.windows_like` says how far that is.

What Windows's files, processes, console and PowerShell really do cannot be tried here.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from tests.platforms import CONSOLE, KEYS, SHELL

if TYPE_CHECKING:
    import subprocess

    from tests.sandbox import Sandbox

ROOT = Path(__file__).parents[2]
_LIKE = "import tests.platforms.windows_like; "
_MAIN = f"{_LIKE}from shellvault.__main__ import main; main()"


class Windows:
    """Runs shellvault on such a machine, in a sandbox."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox
        self.data = sandbox.vault = sandbox.home / "AppData" / "Local" / "shellvault"
        for name in ("HOME", "XDG_RUNTIME_DIR", "XDG_DATA_HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME"):
            del sandbox.env[name]
        sandbox.env |= {
            "USERPROFILE": str(sandbox.home),
            "LOCALAPPDATA": str(self.data.parent),
            "PATHEXT": ".COM;.EXE",
            "COMSPEC": str(sandbox.home / "cmd.exe"),
            "PYTHONPATH": str(ROOT),
            "SHELLVAULT_AGENT": "auto",
            SHELL: "powershell",
        }

    def run(self, *words: str, **extra: str) -> subprocess.CompletedProcess[str]:
        """Run shellvault there."""
        return self.run_python(_MAIN, *words, **extra)

    def run_python(self, source: str, *words: str, **extra: str) -> subprocess.CompletedProcess[str]:
        """Run a Python program there."""
        return self.sandbox.command([sys.executable, "-c", _LIKE + source.removeprefix(_LIKE), *words], **extra)

    def type_into(self, *words: str, lines: tuple[str, ...]) -> tuple[subprocess.CompletedProcess[str], str]:
        """Run shellvault while these lines are typed on the console; return also what the console shows."""
        console = self.sandbox.home / CONSOLE
        console.unlink(missing_ok=True)
        done = self.run(*words, **{KEYS: "".join(f"{line}\r" for line in lines)})
        return done, console.read_text()

    def install(self, name: str, text: str) -> None:
        """Put a program on PATH."""
        path = self.sandbox.home / "bin" / f"{name}.exe"
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
        path.chmod(0o755)
        self.sandbox.env["PATH"] = f"{path.parent}:{self.sandbox.env['PATH']}"
