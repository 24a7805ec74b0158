"""`shellvault completion SHELL` completes in a shell without the hook, evaluated or as a file of a package."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from shellvault.shell.hook_files import read_hook
from tests.hook.configured_shell import load_hook, start_configured_shell
from tests.shells.real_shells import find_program
from tests.shells.shell_versions import find_bash_completions, list_versions

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tests.hook.live_shell import LiveShell
    from tests.sandbox import Sandbox
    from tests.shells.shell_versions import Version

SHELLS = ("bash", "zsh", "fish")
COMPINIT = "echo >~/.zcompdump; autoload -Uz compinit; compinit -u"
EVALUATE = {
    "bash": 'eval "$(shellvault completion bash)"',
    "zsh": 'eval "$(shellvault completion zsh)"',
    "fish": "shellvault completion fish | source",
}
ECHO = {
    "bash": "shellvault() { printf '<%s>' \"$@\"; }",
    "zsh": "shellvault() { printf '<%s>' \"$@\" }",
    "fish": "function shellvault; printf '<%s>' $argv; end",
}
IN_BASH = "mkdir -p ~/.local/share/bash-completion/completions"
IN_BASH += " && shellvault completion bash >~/.local/share/bash-completion/completions/shellvault"
IN_ZSH = "mkdir -p ~/functions && shellvault completion zsh >~/functions/_shellvault && fpath=(~/functions $fpath)"
IN_FISH = (
    "mkdir -p ~/vendor && shellvault completion fish >~/vendor/shellvault.fish && set -p fish_complete_path ~/vendor"
)
LIST = "echo OFF.(complete -C 'shellvault off --' | string split -f 1 \\t)"
LINT = {
    "bash": ("shellcheck", "--shell=bash", "-"),
    "zsh": ("zsh", "-f", "-n"),
    "fish": ("fish", "--no-config", "--no-execute"),
}


@pytest.mark.parametrize("shell", SHELLS)
def test_the_text_is_part_of_the_hook(names: Sandbox, shell: str) -> None:
    """Line by line, apart from what registers it; it names no path, so that a package can install it anywhere."""
    printed = names.run("completion", shell)
    assert (printed.returncode, printed.stderr) == (0, "")
    lines, ours = printed.stdout.splitlines(), read_hook(shell).splitlines()
    assert len([line for line in lines if line in ours]) > len(lines) / 2
    assert printed.stdout.startswith("#compdef shellvault\n") == (shell == "zsh")
    assert "python" not in printed.stdout
    assert str(names.home) not in printed.stdout


@pytest.mark.parametrize("shell", SHELLS)
def test_the_text_has_no_fault_that_the_shell_itself_finds(names: Sandbox, shell: str) -> None:
    """Or shellcheck."""
    done = names.command([find_program(LINT[shell][0]), *LINT[shell][1:]], names.run("completion", shell).stdout)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_another_shell_is_refused(names: Sandbox) -> None:
    """With those that there are."""
    done = names.run("completion", "tcsh")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "error: no completion for 'tcsh'\nhint: shellvault completion bash|zsh|fish\n"


@pytest.mark.parametrize("shell", SHELLS)
def test_a_shell_that_evaluates_it_completes(names: Sandbox, shell: str) -> None:
    """In zsh after compinit."""
    with _start(names, shell, [COMPINIT, EVALUATE[shell]] if shell == "zsh" else [EVALUATE[shell]]) as started:
        _check(started)


def test_zsh_may_run_compinit_later(names: Sandbox) -> None:
    """As ~/.zshrc files do."""
    with _start(names, "zsh", [EVALUATE["zsh"], COMPINIT]) as started:
        _check(started)


@pytest.mark.parametrize("hook", [False, True])
@pytest.mark.parametrize(
    ("shell", "lines"),
    [
        *(("bash", (IN_BASH, f"source '{file}'")) for file in find_bash_completions()),
        ("zsh", (IN_ZSH, COMPINIT)),
        ("fish", (IN_FISH,)),
    ],
)
def test_a_file_of_a_package_completes(names: Sandbox, shell: str, lines: Sequence[str], *, hook: bool) -> None:
    """Where each shell looks for such files, with the hook and without it."""
    with _start(names, shell, lines, hook=hook) as started:
        _check(started)
        _check(started)  # the second time, it is loaded already


@pytest.mark.parametrize("hook", [False, True])
@pytest.mark.parametrize("version", list_versions("fish"), ids=str)
def test_fish_offers_nothing_that_it_has_read_in_the_man_page(names: Sandbox, version: Version, *, hook: bool) -> None:
    """It makes a file of every option of every command, and loads that at a Tab; once more if the file has changed."""
    generated = names.home / "generated"
    generated.mkdir(exist_ok=True)
    (generated / "shellvault.fish").write_text("complete -c shellvault -l prune; complete -c shellvault -l reveal\n")
    find = "set -a fish_complete_path ~/generated"
    with start_configured_shell(names, version, before=("stty cols 300", find)) as shell:
        if hook:
            load_hook(shell)
        else:
            shell.run(f"function shellvault; command shellvault $argv; end; {EVALUATE['fish']}")
        assert "OFF.--help" in shell.run(LIST)
        assert "prune" not in shell.run(LIST)
        shell.run("source ~/generated/shellvault.fish")
        shell.run(LIST)
        assert "prune" not in shell.run(LIST)


@pytest.mark.parametrize("shell", SHELLS)
def test_a_program_that_is_too_old_offers_nothing(names: Sandbox, shell: str) -> None:
    """It answers with an error, or with `false` as if it were evaluated."""
    folder = names.home / "old"
    folder.mkdir(exist_ok=True)
    (folder / "shellvault").write_text("#!/bin/sh\necho false; echo error >&2; exit 2\n")
    (folder / "shellvault").chmod(0o755)
    lines = [COMPINIT] if shell == "zsh" else []
    text = names.home / f"completion.{shell}"
    text.write_text(names.run("completion", shell).stdout)
    path = f"{folder}:{names.env['PATH']}"
    with _start(names, shell, [*lines, f"source {text}"], PATH=path) as started:
        assert "<use><stag>" in started.run("shellvault use stag\t")


def _check(shell: LiveShell) -> None:
    assert "<use><staging>" in shell.run("shellvault us\tstag\t")
    assert "<export><--format=json>" in shell.run("shellvault export --format=js\t")
    assert "<exec><staging><--><printenv>" in shell.run("shellvault exec staging -- printen\t")


@contextmanager
def _start(
    sandbox: Sandbox, name: str, lines: Sequence[str], *, hook: bool = False, **extra: str
) -> Iterator[LiveShell]:
    """Start a shell that runs these lines, and in which shellvault shows its words."""
    before = ["stty cols 300", *(["bind 'set enable-bracketed-paste off'"] if name == "bash" else [])]
    with start_configured_shell(sandbox, list_versions(name)[0], before=before, **extra) as shell:
        if hook:
            load_hook(shell)
        for line in lines:
            assert shell.run(line) == ""
        shell.run(ECHO[name])
        if name == "zsh":
            shell.run("setopt zle")
        yield shell
