"""Which versions of the shells, and which companions of theirs, this machine has: its own, and what `fetch` brought."""

from __future__ import annotations

import re
import sys
from functools import cache
from pathlib import Path

from shellvault.core.record import Record
from tests.shells.run import SHELLS, program, run

FETCHED = Path(sys.prefix) / "shells"
HOPED_FOR = ("bash 3.2", "bash 4.4", "bash 5.0", "bash 5.1", "bash 5.3", "zsh 5.8", "fish 4")
"""What the hook is for, beside the versions that this machine has installed."""


class Version(Record):
    """One version of a shell: its name, its number as in 5.2.15, and the command that starts it without rc files."""

    name: str
    number: str
    command: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.name} {self.number}"


@cache
def versions(name: str) -> tuple[Version, ...]:
    """Return every version of a shell, the machine's own first."""
    first, *options = SHELLS[name]
    asked = run([program(first), *options, "--version"], {"LC_ALL": "C.UTF-8"}).stdout.decode()
    own = re.search(r"\d+(\.\d+)+", asked)
    assert own, asked
    fetched = sorted(FETCHED.glob(f"bin/{name}-*"))
    return (
        Version(name, own[0], SHELLS[name]),
        *(Version(name, path.name.partition("-")[2], (str(path), *options)) for path in fetched),
    )


def missing() -> tuple[str, ...]:
    """Return what was hoped for and is not here."""
    here = [f"{version}." for name in ("bash", "zsh", "fish") for version in versions(name)]
    return tuple(hope for hope in HOPED_FOR if not any(version.startswith(f"{hope}.") for version in here))


def starship() -> str:
    """Return the real starship, or the empty string where it could not be had."""
    return next((str(path) for path in FETCHED.glob("bin/starship-*")), "")


def ble() -> str:
    """Return the real ble.sh, or the empty string where it could not be had."""
    return next((str(path) for path in FETCHED.glob("*/usr/share/blesh/ble.sh")), "")
