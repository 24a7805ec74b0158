"""Stand-ins on PATH for the drivers' programs: each records how it was called and runs a given script."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from tests.sandbox import Sandbox

PROGRAMS = {
    "osascript": "osascript",
    "zenity": "zenity",
    "kdialog": "kdialog",
    "wincredui": "powershell.exe",
    "ykman": "ykman",
    "pass": "pass",
}
"""Driver -> the program that it needs."""

DIALOGS = ("osascript", "zenity", "kdialog", "wincredui")
CANCEL = {"osascript": "echo 'execution error: User canceled. (-128)' >&2; exit 1"}
"""How a dialog reports that Cancel was pressed, where it does more than exit with status 1."""

_SCRIPT = """\
#!/bin/sh
here={folder}
{{ printf '%s\\0' "$@"; printf '\\n'; }} >>"$here/calls"
env >"$here/environment"
cat >"$here/stdin"
echo "$$" >"$here/pid"
{script}
"""


class FakeDriver:
    """A program in a folder of its own, which comes first on the sandbox's PATH."""

    def __init__(self, sandbox: Sandbox, driver: str, script: str) -> None:
        self._folder = sandbox.home / f"fake {driver}"
        self._folder.mkdir()
        self.program = self._folder / PROGRAMS[driver]
        self.program.write_text(_SCRIPT.format(folder=f"'{self._folder}'", script=script))
        self.program.chmod(0o700)
        sandbox.env |= {"PATH": f"{self._folder}:{sandbox.env['PATH']}", "DISPLAY": ":0"}

    @property
    def calls(self) -> list[list[str]]:
        """The arguments of each call."""
        return [call.split("\0") for call in self._read("calls").split("\0\n")[:-1]]

    @property
    def stdin(self) -> str:
        """What it read from its standard input."""
        return self._read("stdin")

    @property
    def environment(self) -> str:
        """The environment in which it ran."""
        return self._read("environment")

    @property
    def pid(self) -> Path:
        """The file with its process id, which exists once it runs."""
        return self._folder / "pid"

    def _read(self, name: str) -> str:
        return (self._folder / name).read_text(errors="surrogateescape")


def cancel_script(driver: str) -> str:
    """Return the script of a dialog whose Cancel button is pressed."""
    return CANCEL.get(driver, "exit 1")
