"""Programs that stand in for a driver's own on PATH: they write down how they were called, and do as they are told."""

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
"""How a dialog tells that Cancel was pressed, where it does more than to return 1."""

_SCRIPT = """\
#!/bin/sh
here={folder}
{{ printf '%s\\0' "$@"; printf '\\n'; }} >>"$here/calls"
env >"$here/environment"
cat >"$here/stdin"
echo "$$" >"$here/pid"
{body}
"""


class Fake:
    """A program in a folder of its own, first on the sandbox's PATH."""

    def __init__(self, sandbox: Sandbox, driver: str, body: str) -> None:
        self._folder = sandbox.home / f"fake {driver}"
        self._folder.mkdir()
        program = self._folder / PROGRAMS[driver]
        program.write_text(_SCRIPT.format(folder=f"'{self._folder}'", body=body))
        program.chmod(0o700)
        sandbox.env |= {"PATH": f"{self._folder}:{sandbox.env['PATH']}", "DISPLAY": ":0"}

    @property
    def calls(self) -> list[list[str]]:
        """The arguments of each call."""
        return [call.split("\0") for call in self._read("calls").split("\0\n")[:-1]]

    @property
    def stdin(self) -> str:
        """What stood on its standard input."""
        return self._read("stdin")

    @property
    def environment(self) -> str:
        """The environment in which it ran."""
        return self._read("environment")

    @property
    def pid(self) -> Path:
        """The file with its process id, which is there once it runs."""
        return self._folder / "pid"

    def _read(self, name: str) -> str:
        return (self._folder / name).read_text(errors="surrogateescape")


def cancelling(driver: str) -> str:
    """Return the body of a dialog in which Cancel is pressed."""
    return CANCEL.get(driver, "exit 1")
