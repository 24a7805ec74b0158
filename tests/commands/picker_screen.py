"""Watches what the picker draws, and chooses which picker opens."""

from __future__ import annotations

import os
import shutil
import time
from functools import cache
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from tests.hook.rendered_screen import render_screen

if TYPE_CHECKING:
    from tests.commands.terminal import Terminal
    from tests.sandbox import Sandbox

DRAWN = {"TERM": "xterm-256color"}
"""The environment of a terminal that pictures can be drawn on."""
OWN, FZF = "Enter chooses, Esc cancels", "4/4"
"""What each picker shows when it has opened; the second with the profiles of `add_profiles`."""
_PATIENCE = 20.0  # seconds until a test gives up


def add_profiles(sandbox: Sandbox) -> None:
    """Add three profiles of the key pair `base`: payments-prd, search-prd and payments-dev."""
    sandbox.add("base", sandbox.aws.world.user("alice").access_key(), "--no-config")
    for name in ("payments-prd", "search-prd", "payments-dev"):
        arn = sandbox.aws.world.role(name).arn
        sandbox.configure(f"[profile {name}]\nrole_arn = {arn}\nsource_profile = base\nregion = eu-west-1\n")


def without_fzf(sandbox: Sandbox) -> str:
    """Return a PATH on which there is everything but fzf."""
    path = f"{sandbox.env['PATH'].partition(os.pathsep)[0]}{os.pathsep}{_link_programs().name}"
    assert shutil.which("fzf", path=path) is None
    return path


@cache
def _link_programs() -> TemporaryDirectory[str]:
    """Return a folder with links to all programs but fzf: thousands, so all tests of a process share it."""
    folder = TemporaryDirectory()
    found: dict[str, str] = {}
    for path in os.environ["PATH"].split(os.pathsep):
        for program in os.scandir(path) if os.path.isdir(path) else ():  # noqa: PTH112 - of thousands of programs
            found.setdefault(program.name, program.path)
    for name in found.keys() - {"fzf"}:
        os.symlink(found[name], os.path.join(folder.name, name))  # noqa: PTH118, PTH211
    return folder


def wait_for_screen(terminal: Terminal, text: str, start: int = 0) -> tuple[str, ...]:
    """Wait until a text is on the screen, and return the lines on it; `start` is where the output on it begins."""
    deadline = time.monotonic() + _PATIENCE
    while text not in "\n".join(shown := render_screen(terminal.output[start:])):
        assert time.monotonic() < deadline, f"no {text!r} on the screen: {shown}"
        terminal.collect_output(0.05)
    return shown
