"""The hook is there once however often it is loaded, only where somebody types, and leaves nothing when removed."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from tests.commands.terminal import PROMPT
from tests.hook.living import HOOKS, SHELLS
from tests.hook.rigs import EVERY, load, loading, prompt_after, rigged
from tests.shells.versions import versions

if TYPE_CHECKING:
    from pathlib import Path

    from tests.hook.living import Living
    from tests.sandbox import Sandbox
    from tests.shells.versions import Version

EVAL = {
    "bash": 'eval "$(shellvault hook bash{})"',
    "zsh": 'eval "$(shellvault hook zsh{})"',
    "fish": "shellvault hook fish{} | source",
}
STATE = {
    "bash": "compgen -v; declare -p PROMPT_COMMAND PS0 PS1 precmd_functions preexec_functions; declare -f; trap -p; "
    "complete -p; shopt; set -o",
    "zsh": "print -l ${(k)parameters}; typeset -p PROMPT psvar precmd_functions preexec_functions; functions; trap; "
    "setopt; print -l ${(kv)_comps}",
    "fish": "set -n; functions -an; functions fish_mode_prompt fish_prompt; complete -c shellvault",
}
"""What prints a shell's state: variables' names, those that the hook touches, functions, traps and options."""
_ASIDE = re.compile("# Defined|_$|EPOCHSECONDS$")
"""Where a function in fish comes from, and zsh's clock, which others may have come to use since."""
OWN = {
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
SETUPS = [(version, line) for version in EVERY for line in OWN[version.name]]


@pytest.mark.parametrize(("version", "line"), SETUPS, ids=str)
def test_removal_leaves_the_shell_as_it_was(
    inherited: tuple[Sandbox, dict[str, str]], tmp_path: Path, version: Version, line: str
) -> None:
    """Variables, arrays, functions, traps, completions and options are those from before, after many prompts."""
    sandbox, session = inherited
    with rigged(sandbox, version, before=(line, "true"), **session) as shell:
        before = _state(shell, tmp_path / "before")
        load(shell)
        for _ in range(3):
            assert " 5" in prompt_after(shell, ":")
        shell.do(EVAL[version.name].format(" --remove"))
        assert prompt_after(shell, ":").endswith(PROMPT)
        after = _state(shell, tmp_path / "after")
        assert (after - before, before - after) == (set(), set())


@pytest.mark.parametrize("name", SHELLS)
def test_removal_of_what_is_not_there_is_nothing(sandbox: Sandbox, name: str) -> None:
    """Removing twice, or in a shell without the hook, says nothing and fails nothing."""
    with rigged(sandbox, versions(name)[0]) as shell:
        status = "$status" if name == "fish" else "$?"
        assert shell.do(f"{EVAL[name].format(' --remove')}; echo {status}") == "0"


@pytest.mark.parametrize("version", EVERY, ids=str)
def test_loaded_twice_is_loaded_once(
    inherited: tuple[Sandbox, dict[str, str]], tmp_path: Path, version: Version
) -> None:
    """As a file, as what `shellvault hook` prints, and again: one segment, one place in each array."""
    sandbox, session = inherited
    with rigged(sandbox, version, before=("true",), NO_COLOR="1", **session) as shell:
        load(shell)
        once = _state(shell, tmp_path / "once")
        for line in (loading(version.name), EVAL[version.name].format("")):
            assert prompt_after(shell, line).count("[short") == 1
        shell.do(loading(version.name))
        twice = _state(shell, tmp_path / "twice")
        assert (twice - once, once - twice) == (set(), set())


@pytest.mark.parametrize("name", SHELLS)
def test_a_script_that_loads_it_gets_the_function_and_nothing_else(
    inherited: tuple[Sandbox, dict[str, str]], name: str
) -> None:
    """Where nobody types there is no prompt to draw: `shellvault use` works, and prompt and traps are untouched."""
    sandbox, _ = inherited
    look = {
        "bash": 'trap -p; echo "${PROMPT_COMMAND-}${PS0-}${PS1-}${SHELLVAULT_SEGMENT-}|$AWS_VAULT"',
        "zsh": 'trap; echo "$precmd_functions$preexec_functions$psvar${SHELLVAULT_SEGMENT-}|$AWS_VAULT"',
        "fish": 'set -q SHELLVAULT_SEGMENT; or echo "|$AWS_VAULT"',
    }
    done = sandbox.shell(name, f"source {HOOKS}/shellvault.{name}; shellvault use short; {look[name]}")
    assert done.stdout == "|short\n"


def _state(shell: Living, file: Path) -> set[str]:
    """Return each line of the state, with how often it was there before."""
    begin, end = ("begin;", "end") if shell.name == "fish" else ("{", "}")
    shell.do(f"{begin} {STATE[shell.name]}; {end} >'{file}' 2>&1")
    lines = [line for line in file.read_text(errors="replace").splitlines() if not _ASIDE.match(line)]
    return {f"{line} ({lines[:number].count(line)})" for number, line in enumerate(lines)}
