"""A sandbox with direnv in it: projects with an .envrc, and shells in which direnv watches over the folder."""

from __future__ import annotations

import base64
import json
import shlex
import zlib
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING

from tests.commands.terminal import open_shell
from tests.hook.living import HOOKS, SHELLS, Living

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from tests.sandbox import Sandbox

ALONE, BEFORE, AFTER = "direnv alone", "the hook before direnv", "the hook after direnv"
ORDERS = (ALONE, BEFORE, AFTER)
ONES_OWN = ("_", "OLDPWD", "PWD", "PS1")
"""What is different after going elsewhere and back without direnv too, and the prompt, exported in these tests only."""


class Watched(Living):
    """A shell over whose folders direnv watches; it shows all that direnv says."""

    def loads(self) -> int:
        """Return how often direnv has loaded an .envrc in this shell."""
        return self.terminal.output.count("direnv: loading")

    def enters(self, folder: Path) -> None:
        """Go into a folder, or out of one."""
        self.do(f"cd {shlex.quote(str(folder))}")

    def environment(self, sandbox: Sandbox) -> dict[str, str]:
        """Return what a program started from here would see."""
        file = sandbox.home / "environment"
        self.do(f"env -0 >{shlex.quote(str(file))}")
        entries = dict(entry.split("=", 1) for entry in file.read_text(errors="surrogateescape").split("\0") if entry)
        return {name: value for name, value in entries.items() if name not in ONES_OWN}

    def difference(self, sandbox: Sandbox) -> str:
        """Return what direnv keeps in DIRENV_DIFF: the variables before, and since."""
        unpacked: dict[str, dict[str, str]] = json.loads(
            zlib.decompress(base64.urlsafe_b64decode(self.environment(sandbox)["DIRENV_DIFF"]))
        )
        return "\n".join(f"{kind} {name}={value}" for kind in unpacked for name, value in unpacked[kind].items())


@contextmanager
def watched(sandbox: Sandbox, name: str, order: str = ALONE, **extra: str) -> Iterator[Watched]:
    """Start a shell with direnv in it, alone or with the hook."""
    direnv = "direnv hook fish | source" if name == "fish" else f'eval "$(direnv hook {name})"'
    hook = f"source {HOOKS}/shellvault.{name}"
    with open_shell(sandbox, name, **extra) as terminal:
        shell = Watched(terminal, name)
        for line in {ALONE: [direnv], BEFORE: [hook, direnv], AFTER: [direnv, hook]}[order]:
            shell.do(line)
        yield shell


@contextmanager
def several(sandbox: Sandbox, orders: Sequence[str]) -> Iterator[dict[str, Watched]]:
    """Start each shell in each of these orders, all of them at once."""
    with ExitStack() as stack:
        yield {
            f"{name}, {order}": stack.enter_context(watched(sandbox, name, order))
            for order in orders
            for name in SHELLS
        }


def project(sandbox: Sandbox, envrc: str, folder: str = "project") -> Path:
    """Make a folder with an .envrc that direnv may load, and put `use shellvault` in direnv's library."""
    library(sandbox).parent.mkdir(parents=True, exist_ok=True)
    library(sandbox).write_text(sandbox.run("hook", "direnv").stdout)
    here = sandbox.home / folder
    here.mkdir()
    (here / ".envrc").write_text(f"{envrc}\n")
    allowed = sandbox.command(["direnv", "allow", str(here)])
    assert allowed.returncode == 0, allowed.stderr
    return here


def library(sandbox: Sandbox) -> Path:
    """Return the file that direnv loads before each .envrc."""
    return sandbox.home / ".config" / "direnv" / "lib" / "shellvault.sh"
