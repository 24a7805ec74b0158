"""Tab completes commands and profile names, and never runs a profile's name."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from shellvault.awsconfig.document import profile_header
from tests.hook.configured_shell import load_hook, start_configured_shell
from tests.hook.live_shell import SHELLS
from tests.shells.shell_versions import list_versions

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.aws.server import AwsServer
    from tests.hook.live_shell import LiveShell
    from tests.sandbox import Sandbox

EACH = pytest.mark.parametrize("name", SHELLS)
HOSTILE = "evil$(touch x)`touch y`&touch z"
WORDS = {"stag": "staging", "evil": HOSTILE, "two": "two words", "ba": "base", "nosuch": "nosuch"}
ECHO = {
    "bash": "__shellvault_use() { printf '<%s>' \"$@\"; }",
    "zsh": "__shellvault_use() { printf '<%s>' \"$@\" }",
    "fish": "function __shellvault_use; printf '<%s>' $argv; end",
}
"""Shows the arguments of each `shellvault use`."""


@pytest.fixture
def sandbox(sandbox: Sandbox, aws: AwsServer) -> Sandbox:
    """Return a sandbox with several profiles."""
    sandbox.add("base", aws.world.user().access_key())
    names = ("staging", HOSTILE, "two words")
    sandbox.configure("".join(f"{profile_header(name)}\nsource_profile = base\n" for name in names))
    return sandbox


@EACH
def test_tab_after_use_completes_a_profile(sandbox: Sandbox, name: str) -> None:
    """The input is completed to the full name, quoted as one word that runs nothing."""
    with _start_with_completion(sandbox, name) as shell:
        for typed, word in WORDS.items():
            assert f"<{word}>" in shell.run(f"shellvault use {typed}\t")
    assert not [path for path in sandbox.files() if path.name in "xyz"]


@EACH
def test_tab_completes_a_command(sandbox: Sandbox, name: str) -> None:
    """Both those of the shell function and those of the program."""
    with _start_with_completion(sandbox, name) as shell:
        assert "<staging>" in shell.run("shellvault us\tstaging")
        assert "shellvault 0" in shell.run("shellvault --version")


@contextmanager
def _start_with_completion(sandbox: Sandbox, name: str) -> Iterator[LiveShell]:
    """Start a shell with working completion, on a terminal wide enough for every line."""
    before = ["stty cols 300", "echo >~/.zcompdump", "autoload -Uz compinit; compinit -u"]
    with start_configured_shell(
        sandbox, list_versions(name)[0], before=tuple(before if name == "zsh" else before[:1])
    ) as shell:
        load_hook(shell)
        shell.run(ECHO[name])
        if name == "zsh":
            shell.run("setopt zle")
        yield shell
