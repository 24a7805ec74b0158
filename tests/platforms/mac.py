"""A machine like macOS, as far as Linux can play it: no /proc, no kernel keyring, no runtime folder, `ps`, ~/Library.

Every interpreter there imports `tests.platforms.mac_like` when it starts. What macOS's kernel, its keychain and its own
bash 3.2 really do cannot be tried here.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from tests.shells.real_shells import SHELLS, find_program

if TYPE_CHECKING:
    from tests.sandbox import Sandbox

ROOT = Path(__file__).parents[2]
_LINUX_ONLY = ("XDG_RUNTIME_DIR", "XDG_DATA_HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME")
_PROGRAM = "#!{python}\nfrom shellvault.__main__ import main\nmain()\n"
_PS = """#!{python} -IS
import os
for pid in filter(str.isdigit, os.listdir({proc!r})):
    try:
        with open(f"{proc}/{{pid}}/stat") as stat, open(f"{proc}/{{pid}}/cmdline") as line:
            print(pid, stat.read().rpartition(")")[2].split()[1], line.read().replace("\\0", " "))
    except OSError:
        pass
"""
_HIDE = 'mount --bind /proc "$1" && mount -t tmpfs none /proc && shift && exec "$@"'


class Mac:
    """Runs scripts on such a machine, in a sandbox."""

    def __init__(self, sandbox: Sandbox, folder: Path) -> None:
        self.sandbox = sandbox
        self.data = sandbox.home / "Library" / "Application Support" / "shellvault"
        self.synced = folder / "synced"
        self._proc, self._temporary = folder / "proc", folder / "tmp"
        for each in (self._proc, self._temporary):
            each.mkdir()
        self.programs = self._make_programs(folder / "venv")
        for name in _LINUX_ONLY:
            del sandbox.env[name]
        sandbox.env |= {"TMPDIR": str(self._temporary), "PATH": f"{self.programs}:{os.environ['PATH']}"}
        sandbox.env["SHELLVAULT_AGENT"] = "auto"

    def _make_programs(self, venv: Path) -> Path:
        subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(venv)], check=True)
        (packages,) = venv.glob("lib/*/site-packages")
        libraries = Path(os.path.realpath(os.__file__)).parent / "site-packages"
        found = [path for path in sys.path if path.endswith("site-packages") and path != str(libraries)]
        (packages / "mac.pth").write_text("\n".join([str(ROOT), *found, "import tests.platforms.mac_like\n"]))
        for name, text in (("shellvault", _PROGRAM), ("ps", _PS)):
            (venv / "bin" / name).write_text(text.format(python=venv / "bin" / "python", proc=str(self._proc)))
            (venv / "bin" / name).chmod(0o755)
        return venv / "bin"

    def run(self, script: str, shell: str = "bash", **extra: str) -> subprocess.CompletedProcess[str]:
        """Run a script in a shell there."""
        return self.sandbox.command([*self.start(*SHELLS[shell], "-c", script)], **extra)

    def start(self, *command: str) -> list[str]:
        """Return the command line that runs a command there."""
        as_root = [] if os.geteuid() == 0 else ["--map-root-user"]
        program = find_program(command[0])
        return ["unshare", *as_root, "--mount", "sh", "-c", _HIDE, "sh", str(self._proc), program, *command[1:]]
