"""Loading the hook twice has no effect, scripts get only the function, and removal leaves nothing behind."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from tests.commands.terminal import PROMPT
from tests.hook.configured_shell import (
    ALL_VERSIONS,
    get_hook_line,
    load_hook,
    read_prompt_after,
    start_configured_shell,
)
from tests.hook.live_shell import HOOKS, SHELLS
from tests.shells.shell_versions import list_versions

if TYPE_CHECKING:
    from pathlib import Path

    from tests.hook.live_shell import LiveShell
    from tests.sandbox import Sandbox
    from tests.shells.shell_versions import Version

EVAL = {
    "bash": 'eval "$(shellvault hook bash{})"',
    "zsh": 'eval "$(shellvault hook zsh{})"',
    "fish": "shellvault hook fish{} | source",
}
GET_STATUS = {"bash": "$?", "zsh": "$?", "fish": "$status"}
STATE = {
    "bash": "compgen -v; declare -p PROMPT_COMMAND PS0 PS1 precmd_functions preexec_functions; declare -f; trap -p; "
    "complete -p; shopt; set -o",
    "zsh": "print -l ${(k)parameters}; typeset -p PROMPT psvar precmd_functions preexec_functions; functions; trap; "
    "setopt; print -l ${(kv)_comps}",
    "fish": "set -n; functions -an; functions fish_mode_prompt fish_prompt; complete -c shellvault",
}
"""Prints a shell's state: variable names, variables the hook touches, functions, traps and options."""
_IGNORED = re.compile("# Defined|_$|EPOCHSECONDS$")
"""Where fish found a function, and zsh's clock, which others may have started to use."""
USER_SETUPS = {
    "bash": (
        ":",
        "PROMPT_COMMAND='a=1;'; PS0='before '; trap 'b=1' URG",
        "PROMPT_COMMAND=('a=1' 'b=1'); PS0=",
        "export PROMPT_COMMAND='a=1'; precmd_functions=(f); trap 'c=1' DEBUG",
        "PROMPT_COMMAND=()",
    ),
    "zsh": (
        ":",
        "precmd_functions=(f) preexec_functions=(); f() { a=1 }",
        "psvar=(a '' b ''); setopt prompt_subst",
        "f() { a=1 }; autoload -Uz add-zsh-hook; add-zsh-hook precmd f; add-zsh-hook preexec f",
    ),
    "fish": (":", "function fish_mode_prompt; echo -n '<vi> '; end", "functions -e fish_mode_prompt"),
}
SETUPS = [(version, line) for version in ALL_VERSIONS for line in USER_SETUPS[version.name]]


@pytest.mark.parametrize("version", ALL_VERSIONS, ids=str)
def test_a_shell_that_outlives_the_program_says_how_to_leave_the_session(
    fresh_session: tuple[Sandbox, dict[str, str]], version: Version
) -> None:
    """`off` cannot work any more; what it tells to type takes the session out."""
    sandbox, session = fresh_session
    gone = "set -g __shellvault_program /gone" if version.name == "fish" else "__shellvault_program=(/gone)"
    with start_configured_shell(sandbox, version, before=("stty cols 300",), **session) as shell:
        load_hook(shell)
        shell.run(gone)
        printed = shell.run("shellvault off; printf 'st%s' atus=$?".replace("$?", GET_STATUS[version.name]))
        assert "status=127" in printed
        assert "hint: if shellvault was removed, close this shell, or type: " in printed
        shell.run(next(line for line in printed.splitlines() if "hint: " in line).partition("type: ")[2])
        assert [shell.get_variable(name) for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")] == ["", ""]


@pytest.mark.parametrize(("version", "line"), SETUPS, ids=str)
def test_removal_restores_the_shell(
    fresh_session: tuple[Sandbox, dict[str, str]], tmp_path: Path, version: Version, line: str
) -> None:
    """Variables, arrays, functions, traps, completions and options are as before, even after several prompts."""
    sandbox, session = fresh_session
    with start_configured_shell(sandbox, version, before=(line, "true"), **session) as shell:
        before = _read_state(shell, tmp_path / "before")
        load_hook(shell)
        for _ in range(3):
            assert " 5" in read_prompt_after(shell, ":")
        shell.run(EVAL[version.name].format(" --remove"))
        assert read_prompt_after(shell, ":").endswith(PROMPT)
        after = _read_state(shell, tmp_path / "after")
        assert (after - before, before - after) == (set(), set())


@pytest.mark.parametrize("name", SHELLS)
def test_removing_an_absent_hook_does_nothing(sandbox: Sandbox, name: str) -> None:
    """Removing twice, or in a shell without the hook, succeeds silently."""
    with start_configured_shell(sandbox, list_versions(name)[0]) as shell:
        status = "$status" if name == "fish" else "$?"
        assert shell.run(f"{EVAL[name].format(' --remove')}; echo {status}") == "0"


@pytest.mark.parametrize("version", ALL_VERSIONS, ids=str)
def test_loading_twice_has_no_effect(
    fresh_session: tuple[Sandbox, dict[str, str]], tmp_path: Path, version: Version
) -> None:
    """From the file, from the output of `shellvault hook`, and again: one segment, one entry in each array."""
    sandbox, session = fresh_session
    with start_configured_shell(sandbox, version, before=("true",), NO_COLOR="1", **session) as shell:
        load_hook(shell)
        once = _read_state(shell, tmp_path / "once")
        for line in (get_hook_line(version.name), EVAL[version.name].format("")):
            assert read_prompt_after(shell, line).count("[short") == 1
        shell.run(get_hook_line(version.name))
        twice = _read_state(shell, tmp_path / "twice")
        assert (twice - once, once - twice) == (set(), set())


@pytest.mark.parametrize("name", SHELLS)
def test_script_gets_the_function_and_nothing_else(fresh_session: tuple[Sandbox, dict[str, str]], name: str) -> None:
    """Without prompts, `shellvault use` works, and prompt and traps are untouched."""
    sandbox, _ = fresh_session
    show = {
        "bash": 'trap -p; echo "${PROMPT_COMMAND-}${PS0-}${PS1-}${SHELLVAULT_SEGMENT-}|$AWS_VAULT"',
        "zsh": 'trap; echo "$precmd_functions$preexec_functions$psvar${SHELLVAULT_SEGMENT-}|$AWS_VAULT"',
        "fish": 'set -q SHELLVAULT_SEGMENT; or echo "|$AWS_VAULT"',
    }
    done = sandbox.shell(name, f"source {HOOKS}/shellvault.{name}; shellvault use short; {show[name]}")
    assert done.stdout == "|short\n"


def _read_state(shell: LiveShell, file: Path) -> set[str]:
    """Return each line of the state, with the number of its earlier occurrences."""
    begin, end = ("begin;", "end") if shell.name == "fish" else ("{", "}")
    shell.run(f"{begin} {STATE[shell.name]}; {end} >'{file}' 2>&1")
    lines = [line for line in file.read_text(errors="replace").splitlines() if not _IGNORED.match(line)]
    return {f"{line} ({lines[:number].count(line)})" for number, line in enumerate(lines)}
