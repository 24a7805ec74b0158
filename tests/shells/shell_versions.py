"""The versions of shells and related tools on this machine: the installed ones and those downloaded by `fetch`."""

from __future__ import annotations

import re
import sys
from functools import cache
from pathlib import Path

from shellvault.core.record import Record
from tests.shells.real_shells import SHELLS, find_program, run

FETCHED = Path(sys.prefix) / "shells"
BASHES = ("bash 3.2", "bash 4.0", "bash 4.2", "bash 4.3", "bash 4.4", "bash 5.0", "bash 5.1", "bash 5.3")
WANTED = (*BASHES, "zsh 5.8", "fish 4")
"""Versions that the hook supports, besides those installed on this machine."""


class Version(Record):
    """A version of a shell: its name, its number such as 5.2.15, and the command that starts it without rc files."""

    name: str
    number: str
    command: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.name} {self.number}"


@cache
def list_versions(name: str) -> tuple[Version, ...]:
    """Return all versions of a shell, the installed one first."""
    first, *options = SHELLS[name]
    output = run([find_program(first), *options, "--version"], {"LC_ALL": "C.UTF-8"}).stdout.decode()
    own = re.search(r"\d+(\.\d+)+", output)
    assert own, output
    fetched = sorted(FETCHED.glob(f"bin/{name}-*"))
    return (
        Version(name, own[0], SHELLS[name]),
        *(Version(name, path.name.partition("-")[2], (str(path), *options)) for path in fetched),
    )


def list_missing_versions() -> tuple[str, ...]:
    """Return the wanted versions that are not available."""
    here = [f"{version}." for name in ("bash", "zsh", "fish") for version in list_versions(name)]
    return tuple(hope for hope in WANTED if not any(version.startswith(f"{hope}.") for version in here))


def find_starship() -> str:
    """Return the path of starship, or the empty string if it is not available."""
    return next((str(path) for path in FETCHED.glob("bin/starship-*")), "")


def find_ble_sh() -> str:
    """Return the path of ble.sh, or the empty string if it is not available."""
    return next((str(path) for path in FETCHED.glob("*/usr/share/blesh/ble.sh")), "")


def find_bash_completions() -> tuple[Path, ...]:
    """Return the path of each bash-completion that is available; the installed one may be older than the fetched."""
    own = Path("/usr/share/bash-completion/bash_completion")
    return (*filter(Path.exists, [own]), *FETCHED.glob("*/usr/share/bash-completion/bash_completion"))
