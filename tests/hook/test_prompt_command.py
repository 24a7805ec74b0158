"""What a person has in PROMPT_COMMAND, PS0, PS1 and traps goes on working, on every version of bash and every path."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from tests.commands.terminal import PROMPT
from tests.hook.living import HOOKS
from tests.hook.rigs import load, loading, prompt_after, rigged
from tests.hook.test_options import renewed
from tests.shells.versions import versions

if TYPE_CHECKING:
    from pathlib import Path

    from tests.hook.living import Living
    from tests.sandbox import Sandbox
    from tests.shells.versions import Version

MINE = 'mine() { got="$?/${PIPESTATUS[*]}"; }; yours() { yours=$((yours + 1)); }'
OWN = versions("bash")[0]
EVERY = pytest.mark.parametrize("version", versions("bash"), ids=str)
BEFORE = (
    "PROMPT_COMMAND=mine",
    "PROMPT_COMMAND='mine;'",
    "PROMPT_COMMAND='mine ; '",
    "PROMPT_COMMAND=$'mine\\n'",
    "PROMPT_COMMAND='mine # as always'",
    "PROMPT_COMMAND='mine;yours'",
    "export PROMPT_COMMAND=mine",
    "PROMPT_COMMAND='mine; : r PROMPT_COMMAND=x'",
    "PROMPT_COMMAND=(mine); [[ $BASH_VERSION < 5.1 ]] || PROMPT_COMMAND+=(yours)",
)
AFTER = ("PROMPT_COMMAND=mine", "PROMPT_COMMAND='mine;'${PROMPT_COMMAND-}", "PROMPT_COMMAND+=(mine)")
PRETENDED = ((3, 2), (4, 2), (4, 4), (5, 0))
"""Versions whose paths through the hook are run on this machine's bash, by telling the hook that it is older."""


@EVERY
@pytest.mark.parametrize("line", BEFORE)
def test_what_was_in_prompt_command_still_runs(
    inherited: tuple[Sandbox, dict[str, str]], version: Version, line: str
) -> None:
    """As a string, with something at its end, as an array: it runs, sees the status, and the hook runs too."""
    sandbox, session = inherited
    with rigged(sandbox, version, before=(MINE, line), NO_COLOR="1", **session) as shell:
        load(shell)
        status_is_kept(shell)
        assert re.search(rf"\[short 5\dm\] {PROMPT}$", prompt_after(shell, ":"))


@pytest.mark.parametrize("line", AFTER)
def test_what_comes_into_prompt_command_later_runs_too(inherited: tuple[Sandbox, dict[str, str]], line: str) -> None:
    """A string set, or an element added, after the hook was loaded takes nothing from the hook."""
    sandbox, session = inherited
    with rigged(sandbox, OWN, before=(MINE,), NO_COLOR="1", **session) as shell:
        load(shell)
        shell.do(line)
        status_is_kept(shell)
        assert re.search(rf"\[short 5\dm\] {PROMPT}$", prompt_after(shell, ":"))


@pytest.mark.parametrize("pretended", PRETENDED, ids=str)
@pytest.mark.parametrize("line", [*BEFORE, "unset -v PROMPT_COMMAND", "set -eu; set -o pipefail; PROMPT_COMMAND=mine"])
def test_the_paths_for_older_versions_work(
    inherited: tuple[Sandbox, dict[str, str]], tmp_path: Path, pretended: tuple[int, int], line: str
) -> None:
    """What the hook does on an older bash keeps the status, shows the segment, renews, and is removed again."""
    sandbox, session = inherited
    hook = tmp_path / "hook.bash"
    hook.write_text(pretending((HOOKS / "shellvault.bash").read_text(), pretended))
    with rigged(sandbox, OWN, before=(MINE, line), NO_COLOR="1", **session) as shell:
        before = shell.do("declare -p PROMPT_COMMAND 2>&1; trap -p")
        assert shell.do(f"source '{hook}'") == ""
        if line.startswith("PROMPT_COMMAND"):
            status_is_kept(shell)
        assert re.search(rf"\[short 5\dm\] {PROMPT}$", prompt_after(shell, ":"))
        assert renewed(shell, session) == "renewed"
        shell.do("__shellvault_remove")
        assert shell.do("declare -p PROMPT_COMMAND 2>&1; trap -p") == before


@EVERY
def test_a_readonly_prompt_command_is_left_alone(inherited: tuple[Sandbox, dict[str, str]], version: Version) -> None:
    """One message says what that means, and the shell goes on."""
    sandbox, session = inherited
    with rigged(sandbox, version, before=(MINE, "readonly PROMPT_COMMAND=mine"), **session) as shell:
        assert load(shell) == "shellvault: PROMPT_COMMAND is readonly, so nothing is refreshed here"
        assert prompt_after(shell, ":") == PROMPT
        assert shell.do("__shellvault_remove; echo $PROMPT_COMMAND") == "mine"


@EVERY
def test_readonly_prompts_are_left_alone(inherited: tuple[Sandbox, dict[str, str]], version: Version) -> None:
    """PS0 and PS1 that cannot be changed cost the segment and the look before a command, and no message."""
    sandbox, session = inherited
    with rigged(sandbox, version, before=("readonly PS0= PS1",), NO_COLOR="1", **session) as shell:
        assert load(shell) == ""
        assert prompt_after(shell, ":") == PROMPT
        assert shell.value("SHELLVAULT_STATE") == "fresh"
        assert shell.do("__shellvault_remove") == ""


@EVERY
def test_ps0_and_a_trap_on_urg_stay_the_users_own(inherited: tuple[Sandbox, dict[str, str]], version: Version) -> None:
    """PS0 is still shown before a command; a trap keeps its signal, and sessions are renewed at prompts instead."""
    sandbox, session = inherited
    own = ("PS0='<before>'", "trap 'echo urgent' URG")
    with rigged(sandbox, version, before=own, NO_COLOR="1", **session) as shell:
        load(shell)
        assert shell.do("kill -URG $$; trap -p URG").endswith("urgent\ntrap -- 'echo urgent' SIGURG")
        assert "<before>" in shell.do(":")
        assert renewed(shell, session).endswith("renewed")


@EVERY
def test_the_status_stands_in_ps1(inherited: tuple[Sandbox, dict[str, str]], version: Version) -> None:
    """The status in PS1 is the one that the person's own command returned."""
    sandbox, session = inherited
    with rigged(sandbox, version, NO_COLOR="1", **session) as shell:
        load(shell)
        shell.do(f"PS1='<$?> {PROMPT}'")
        shell.terminal.type("(exit 3)")
        shell.terminal.expect(rf"\[short 5\dm\] <3> {PROMPT}")


@EVERY
@pytest.mark.parametrize("first", ["", "__shellvault_remove; "])
def test_another_ps0_with_a_command_in_it_may_come_later(
    inherited: tuple[Sandbox, dict[str, str]], version: Version, first: str
) -> None:
    """Ours stays the last `$( )` in PS0, without which bash 5.2 cannot read it; loaded again, it is there once."""
    sandbox, session = inherited
    with rigged(sandbox, version, NO_COLOR="1", **session) as shell:
        load(shell)
        shell.do("PS0+='$(echo a)'; PS0+='$(echo b)'")
        shell.do(first + loading("bash"))
        assert renewed(shell, session) == "abrenewed"
        assert shell.do("x=${PS0//__shellvault_[py]/}; echo $(((${#PS0} - ${#x}) / 14))") == "ab1"


def status_is_kept(shell: Living) -> None:
    """See that the person's own hook is told what the command returned, with each part of a pipeline."""
    shell.terminal.type("(exit 4) | (exit 3)")
    shell.terminal.expect(re.escape(PROMPT))
    assert shell.do("echo $got").endswith("3/4 3")


def pretending(hook: str, version: tuple[int, int]) -> str:
    """Return a hook that takes the bash it runs in for another version."""
    assert "BASH_VERSINFO" in hook
    numbers = " ".join(map(str, version))
    return f"__shellvault_version=({numbers})\n" + hook.replace("BASH_VERSINFO", "__shellvault_version")
