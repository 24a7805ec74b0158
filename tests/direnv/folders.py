"""A house with direnv in it: projects with an .envrc, and shells in which direnv watches over the folder."""

from __future__ import annotations

import base64
import json
import shlex
import zlib
from contextlib import contextmanager
from typing import TYPE_CHECKING

from tests.hook.living import HOOKS, Living
from tests.commands.terminal import in_shell
from tests.shells.run import program

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.house import House

SHELLS = ("bash", "zsh", "fish")
ORDERS = ("direnv alone", "the hook before direnv", "the hook after direnv")
LOADED = "direnv: loading"
_OF_THE_SHELL = ("_", "OLDPWD", "PWD")


@contextmanager
def watched(house: House, name: str, order: str = ORDERS[0], **extra: str) -> Iterator[Living]:
    """Start a shell with direnv in it, alone or with the hook; it prints all that direnv says."""
    direnv = "direnv hook fish | source" if name == "fish" else f'eval "$(direnv hook {name})"'
    hook = f"source {HOOKS}/shellvault.{name}"
    lines = {ORDERS[0]: [direnv], ORDERS[1]: [hook, direnv], ORDERS[2]: [direnv, hook]}[order]
    with in_shell(house, name, **extra) as terminal:
        shell = Living(terminal, name)
        for line in lines:
            shell.do(line)
        yield shell


def project(house: House, envrc: str, folder: str = "project") -> Path:
    """Make a folder with an .envrc that direnv may load, and put `use shellvault` in direnv's library."""
    library = house.home / ".config" / "direnv" / "lib" / "shellvault.sh"
    library.parent.mkdir(parents=True, exist_ok=True)
    library.write_text(house.run("hook", "direnv").stdout)
    here = house.home / folder
    here.mkdir()
    (here / ".envrc").write_text(f"{envrc}\n")
    allowed = house.command([program("direnv"), "allow", str(here)])
    assert allowed.returncode == 0, allowed.stderr
    return here


def loads(shell: Living) -> int:
    """Return how often direnv has loaded an .envrc in this shell."""
    return shell.terminal.seen.count(LOADED)


def environment(shell: Living, house: House) -> dict[str, str]:
    """Return what a program started from the shell would see, without what changes with the folder."""
    file = house.home / "environment"
    shell.do(f"env -0 >{shlex.quote(str(file))}")
    entries = dict(entry.split("=", 1) for entry in file.read_text(errors="surrogateescape").split("\0") if entry)
    return {name: value for name, value in entries.items() if name not in _OF_THE_SHELL}


def difference(shell: Living) -> dict[str, dict[str, str]]:
    """Return what direnv keeps in DIRENV_DIFF: the variables before (`p`) and since (`n`)."""
    packed = base64.urlsafe_b64decode(shell.value("DIRENV_DIFF"))
    unpacked: dict[str, dict[str, str]] = json.loads(zlib.decompress(packed))
    return unpacked
