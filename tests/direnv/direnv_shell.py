"""Shells with direnv in a sandbox, and projects with an .envrc."""

from __future__ import annotations

import base64
import json
import shlex
import zlib
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING

from tests.commands.terminal import COLUMNS, open_shell
from tests.hook.live_shell import BASH_COLUMNS, HOOKS, SHELLS, LiveShell

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from tests.sandbox import Sandbox

DIRENV_ONLY, HOOK_FIRST, HOOK_LAST = "direnv alone", "the hook before direnv", "the hook after direnv"
ORDERS = (DIRENV_ONLY, HOOK_FIRST, HOOK_LAST)
SHELL_VARIABLES = ("_", "OLDPWD", "PWD", "PS1")
"""Variables that change on leaving and returning even without direnv, and the prompt, exported only in these tests."""


class DirenvShell(LiveShell):
    """A shell with direnv, which reports everything that direnv prints."""

    def count_loads(self) -> int:
        """Return how often direnv has loaded an .envrc in this shell."""
        return self.terminal.output.count("direnv: loading")

    def change_folder(self, folder: Path) -> None:
        """Change into a folder."""
        self.run(f"cd {shlex.quote(str(folder))}")

    def dump_environment(self, sandbox: Sandbox) -> dict[str, str]:
        """Return the environment of a program started in this shell."""
        file = sandbox.home / "environment"
        self.run(f"env -0 >{shlex.quote(str(file))}")
        entries = dict(entry.split("=", 1) for entry in file.read_text(errors="surrogateescape").split("\0") if entry)
        return {name: value for name, value in entries.items() if name not in SHELL_VARIABLES}

    def read_direnv_diff(self, sandbox: Sandbox) -> str:
        """Return the contents of DIRENV_DIFF: the variables before and after loading."""
        unpacked: dict[str, dict[str, str]] = json.loads(
            zlib.decompress(base64.urlsafe_b64decode(self.dump_environment(sandbox)["DIRENV_DIFF"]))
        )
        return "\n".join(f"{kind} {name}={value}" for kind in unpacked for name, value in unpacked[kind].items())


@contextmanager
def start_direnv_shell(sandbox: Sandbox, name: str, order: str = DIRENV_ONLY, **extra: str) -> Iterator[DirenvShell]:
    """Start a shell with direnv, with or without the hook."""
    direnv = "direnv hook fish | source" if name == "fish" else f'eval "$(direnv hook {name})"'
    hook = f"source {HOOKS}/shellvault.{name}"
    with open_shell(sandbox, name, BASH_COLUMNS if name == "bash" else COLUMNS, **extra) as terminal:
        shell = DirenvShell(terminal, name)
        for line in {DIRENV_ONLY: [direnv], HOOK_FIRST: [hook, direnv], HOOK_LAST: [direnv, hook]}[order]:
            shell.run(line)
        yield shell


@contextmanager
def start_direnv_shells(sandbox: Sandbox, orders: Sequence[str]) -> Iterator[dict[str, DirenvShell]]:
    """Start every shell in each of these loading orders, all at once."""
    with ExitStack() as stack:
        yield {
            f"{name}, {order}": stack.enter_context(start_direnv_shell(sandbox, name, order))
            for order in orders
            for name in SHELLS
        }


def create_project(sandbox: Sandbox, envrc: str, folder: str = "project") -> Path:
    """Create a folder with an allowed .envrc, and install `use shellvault` in direnv's library."""
    get_library_path(sandbox).parent.mkdir(parents=True, exist_ok=True)
    get_library_path(sandbox).write_text(sandbox.run("hook", "direnv").stdout)
    here = sandbox.home / folder
    here.mkdir()
    (here / ".envrc").write_text(f"{envrc}\n")
    allowed = sandbox.command(["direnv", "allow", str(here)])
    assert allowed.returncode == 0, allowed.stderr
    return here


def get_library_path(sandbox: Sandbox) -> Path:
    """Return the path of the library file that direnv loads before each .envrc."""
    return sandbox.home / ".config" / "direnv" / "lib" / "shellvault.sh"
