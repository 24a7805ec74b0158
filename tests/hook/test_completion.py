"""Tab completes commands and profile names, and a profile's name never runs."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from tests.hook.living import SHELLS
from tests.hook.rigs import load, rigged
from tests.shells.versions import versions

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.aws.server import AwsServer
    from tests.hook.living import Living
    from tests.sandbox import Sandbox

EACH = pytest.mark.parametrize("name", SHELLS)
HOSTILE = "evil$(touch x)`touch y`&touch z"
WORDS = {"stag": "staging", "evil": HOSTILE, "two": "two words", "ba": "base", "nosuch": "nosuch"}
ECHO = {
    "bash": "__shellvault_use() { printf '<%s>' \"$@\"; }",
    "zsh": "__shellvault_use() { printf '<%s>' \"$@\" }",
    "fish": "function __shellvault_use; printf '<%s>' $argv; end",
}
"""What shows with which words `shellvault use` was called."""


@pytest.fixture
def sandbox(sandbox: Sandbox, aws: AwsServer) -> Sandbox:
    """Return a sandbox with some profiles."""
    sandbox.add("base", aws.world.user().access_key())
    names = ("staging", HOSTILE, "two words")
    sandbox.configure("".join(f"[profile {name}]\nsource_profile = base\n" for name in names))
    return sandbox


@EACH
def test_tab_after_use_completes_a_profile(sandbox: Sandbox, name: str) -> None:
    """What is typed becomes the profile's whole name, quoted so that it is one word and runs nothing."""
    with _with_editor(sandbox, name) as shell:
        for typed, word in WORDS.items():
            assert f"<{word}>" in shell.do(f"shellvault use {typed}\t")
    assert not [path for path in sandbox.files() if path.name in "xyz"]


@EACH
def test_tab_completes_a_command(sandbox: Sandbox, name: str) -> None:
    """The function's own commands and the program's."""
    with _with_editor(sandbox, name) as shell:
        assert "<staging>" in shell.do("shellvault us\tstaging")
        assert "shellvault 0" in shell.do("shellvault --version")


@contextmanager
def _with_editor(sandbox: Sandbox, name: str) -> Iterator[Living]:
    """Start a shell whose Tab works, on a terminal that is wide enough for every line."""
    before = ["stty cols 300", "echo >~/.zcompdump", "autoload -Uz compinit; compinit -u"]
    with rigged(sandbox, versions(name)[0], before=tuple(before if name == "zsh" else before[:1])) as shell:
        load(shell)
        shell.do(ECHO[name])
        if name == "zsh":
            shell.do("setopt zle")
        yield shell
