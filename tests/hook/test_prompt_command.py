"""The user's own PROMPT_COMMAND, PS0, PS1 and traps keep working, on every version of bash and every code path."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from tests.commands.terminal import PROMPT
from tests.hook.bash_limits import can
from tests.hook.configured_shell import get_hook_line, load_hook, read_prompt_after, start_configured_shell
from tests.hook.live_shell import HOOKS
from tests.hook.test_shell_options import expire_and_check
from tests.shells.shell_versions import list_versions

if TYPE_CHECKING:
    from pathlib import Path

    from tests.hook.live_shell import LiveShell
    from tests.sandbox import Sandbox
    from tests.shells.shell_versions import Version

MINE = 'mine() { got="$?/${PIPESTATUS[*]}"; }; yours() { yours=$((yours + 1)); }'
NEWEST = list_versions("bash")[0]
EACH_VERSION = pytest.mark.parametrize("version", list_versions("bash"), ids=str)
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
OLDER = ((3, 2), (4, 2), (4, 4), (5, 0))
EMULATED = tuple(older for older in OLDER if older <= tuple(map(int, NEWEST.number.split("."))))
"""Versions emulated on this machine's bash, by making the hook believe that it is older."""


@EACH_VERSION
@pytest.mark.parametrize("line", BEFORE)
def test_existing_prompt_command_still_runs(
    fresh_session: tuple[Sandbox, dict[str, str]], version: Version, line: str
) -> None:
    """As a string, with a trailing separator, or as an array: it runs and sees the exit status; the hook runs too."""
    sandbox, session = fresh_session
    with start_configured_shell(sandbox, version, before=(MINE, line), NO_COLOR="1", **session) as shell:
        load_hook(shell)
        check_status(shell)
        assert re.search(rf"\[short 5\dm\] {PROMPT}$", read_prompt_after(shell, ":"))


@pytest.mark.parametrize("line", AFTER)
def test_prompt_command_set_later_runs_too(fresh_session: tuple[Sandbox, dict[str, str]], line: str) -> None:
    """A string set, or an element added, after loading takes nothing away from the hook."""
    sandbox, session = fresh_session
    with start_configured_shell(sandbox, NEWEST, before=(MINE,), NO_COLOR="1", **session) as shell:
        load_hook(shell)
        shell.run(line)
        check_status(shell)
        assert re.search(rf"\[short 5\dm\] {PROMPT}$", read_prompt_after(shell, ":"))


@pytest.mark.parametrize("emulated", EMULATED, ids=str)
@pytest.mark.parametrize("line", [*BEFORE, "unset -v PROMPT_COMMAND", "set -eu; set -o pipefail; PROMPT_COMMAND=mine"])
def test_code_paths_for_older_versions_work(
    fresh_session: tuple[Sandbox, dict[str, str]], tmp_path: Path, emulated: tuple[int, int], line: str
) -> None:
    """They preserve the status, show the segment, refresh, and can be removed again."""
    sandbox, session = fresh_session
    hook = tmp_path / "hook.bash"
    hook.write_text(emulate_version((HOOKS / "shellvault.bash").read_text(), emulated))
    with start_configured_shell(sandbox, NEWEST, before=(MINE, line), NO_COLOR="1", **session) as shell:
        before = shell.run("declare -p PROMPT_COMMAND 2>&1; trap -p")
        assert shell.run(f"source '{hook}'") == ""
        if line.startswith("PROMPT_COMMAND"):
            check_status(shell)
        assert re.search(rf"\[short 5\dm\] {PROMPT}$", read_prompt_after(shell, ":"))
        assert expire_and_check(shell, session) == "renewed"
        shell.run("__shellvault_remove")
        assert shell.run("declare -p PROMPT_COMMAND 2>&1; trap -p") == before


@EACH_VERSION
def test_readonly_prompt_command_is_left_alone(fresh_session: tuple[Sandbox, dict[str, str]], version: Version) -> None:
    """One message explains the consequence, and the shell works on."""
    sandbox, session = fresh_session
    with start_configured_shell(sandbox, version, before=(MINE, "readonly PROMPT_COMMAND=mine"), **session) as shell:
        assert load_hook(shell) == "shellvault: PROMPT_COMMAND is readonly, so sessions are not renewed in this shell"
        assert read_prompt_after(shell, ":") == PROMPT
        assert shell.run("__shellvault_remove; echo $PROMPT_COMMAND") == "mine"


@EACH_VERSION
def test_readonly_prompts_are_left_alone(fresh_session: tuple[Sandbox, dict[str, str]], version: Version) -> None:
    """With PS0 and PS1 readonly, segment and refresh before a command are missing, without a message."""
    sandbox, session = fresh_session
    with start_configured_shell(sandbox, version, before=("readonly PS0= PS1",), NO_COLOR="1", **session) as shell:
        assert load_hook(shell) == ""
        assert read_prompt_after(shell, ":") == PROMPT
        assert shell.get_variable("SHELLVAULT_STATE") == "fresh"
        assert shell.run("__shellvault_remove") == ""


@EACH_VERSION
def test_readonly_variables_in_the_way_are_named(
    fresh_session: tuple[Sandbox, dict[str, str]], version: Version
) -> None:
    """In bash, a function cannot have a local variable of that name. The rest of the shell keeps working."""
    sandbox, session = fresh_session
    with start_configured_shell(sandbox, version, before=("readonly trace=x name",), **session) as shell:
        assert load_hook(shell) == "shellvault: the hook cannot work while these variables are readonly: trace"
        assert read_prompt_after(shell, ":") == PROMPT
        assert "need the hook" in shell.run("shellvault off")


def test_every_local_variable_of_the_hook_is_checked() -> None:
    """Otherwise a readonly variable of that name would break one of its functions."""
    hook = (HOOKS / "shellvault.bash").read_text()
    declared = {word for line in re.findall(r"\blocal (.*?)(?: && .*)?$", hook, re.MULTILINE) for word in _names(line)}
    listed = re.findall(r"for __shellvault_word in ([^;]*);", hook)[0].replace("\\", "").split()
    assert sorted(declared - {"IFS", "LC_ALL"}) == sorted(listed)


def _names(declaration: str) -> list[str]:
    return re.findall(r"(?:^|(?<=\s))[a-z_A-Z]+(?==|\s|$)", re.sub(r"\(.*\)|\"[^\"]*\"|'[^']*'", "", declaration))


@EACH_VERSION
def test_ps0_and_urg_trap_remain_the_users_own(fresh_session: tuple[Sandbox, dict[str, str]], version: Version) -> None:
    """PS0 is still shown, if bash has it; the trap keeps its signal, and sessions are refreshed at prompts instead."""
    sandbox, session = fresh_session
    own = ("PS0='<before>'", "trap 'echo urgent' URG")
    with start_configured_shell(sandbox, version, before=own, NO_COLOR="1", **session) as shell:
        load_hook(shell)
        assert shell.run("kill -URG $$; trap -p URG").endswith("urgent\ntrap -- 'echo urgent' SIGURG")
        assert ("<before>" in shell.run(":")) == can(version, "PS0")
        assert expire_and_check(shell, session).endswith("renewed")


@EACH_VERSION
def test_exit_status_is_available_in_ps1(fresh_session: tuple[Sandbox, dict[str, str]], version: Version) -> None:
    """It is that of the user's own command."""
    sandbox, session = fresh_session
    with start_configured_shell(sandbox, version, NO_COLOR="1", **session) as shell:
        load_hook(shell)
        shell.run(f"PS1='<$?> {PROMPT}'")
        shell.terminal.type("(exit 3)")
        shell.terminal.expect(rf"\[short 5\dm\] <3> {PROMPT}")


@EACH_VERSION
@pytest.mark.parametrize("first", ["", "__shellvault_remove; "])
def test_command_added_to_ps0_later_works(
    fresh_session: tuple[Sandbox, dict[str, str]], version: Version, first: str
) -> None:
    """The hook's stays the last `$( )` in PS0, as bash 5.2 requires, and loading again does not duplicate it.

    A bash that does not know PS0 gets nothing of ours in it.
    """
    sandbox, session = fresh_session
    before, ours = ("ab", 1) if can(version, "PS0") else ("", 0)
    with start_configured_shell(sandbox, version, NO_COLOR="1", **session) as shell:
        load_hook(shell)
        shell.run("PS0+='$(echo a)'; PS0+='$(echo b)'")
        shell.run(first + get_hook_line("bash"))
        assert expire_and_check(shell, session) == f"{before}renewed"
        assert shell.run("x=${PS0//__shellvault_[py]/}; echo $(((${#PS0} - ${#x}) / 14))") == f"{before}{ours}"


def check_status(shell: LiveShell) -> None:
    """Check that the user's own hook sees the exit status, and that of each part of a pipeline."""
    shell.terminal.type("(exit 4) | (exit 3)")
    shell.terminal.expect(re.escape(PROMPT))
    assert shell.run("echo $got").endswith("3/4 3")


def emulate_version(hook: str, version: tuple[int, int]) -> str:
    """Return a hook that believes to run in another version of bash."""
    assert "BASH_VERSINFO" in hook
    numbers = " ".join(map(str, version))
    return f"__shellvault_version=({numbers})\n" + hook.replace("BASH_VERSINFO", "__shellvault_version")
