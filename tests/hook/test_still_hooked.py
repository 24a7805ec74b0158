"""When something removes the hook: the segment disappears, and loading the hook again repairs it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from tests.commands.terminal import PROMPT
from tests.hook.configured_shell import load_hook, read_prompt_after, start_configured_shell
from tests.hook.live_shell import HOOKS
from tests.hook.test_prompt_command import EMULATED, emulate_version
from tests.hook.test_shell_options import expire_and_check
from tests.shells.shell_versions import list_versions

if TYPE_CHECKING:
    from pathlib import Path

    from tests.sandbox import Sandbox
    from tests.shells.shell_versions import Version

    Fresh = tuple[Sandbox, dict[str, str]]

LOST = {
    "bash": (
        "unset -v PROMPT_COMMAND; PROMPT_COMMAND=",
        "unset -v PROMPT_COMMAND",
        "PROMPT_COMMAND=(); PS0=",
        "trap - URG; PROMPT_COMMAND=()",
    ),
    "zsh": ("precmd_functions=()", "precmd_functions=() preexec_functions=()", "unset precmd_functions"),
}
EACH = [(version, line) for name, lines in LOST.items() for version in list_versions(name) for line in lines]
SEGMENT = rf"\[short 5\dm\] {PROMPT}"
STARSHIP = (
    """saved_command="$PROMPT_COMMAND"; theme() { eval "$saved_command"; PS1='<theme> """
    + PROMPT
    + """'; }; PROMPT_COMMAND=theme"""
)
"""What starship does in bash before 5.1: it takes over PROMPT_COMMAND's contents, and sets PS1 after running them."""


@pytest.mark.parametrize(("version", "line"), EACH, ids=str)
def test_segment_goes_with_the_hook_and_returns_with_it(fresh_session: Fresh, version: Version, line: str) -> None:
    """A stale prompt must not name an account. Loading again is all it takes, and doing so twice adds nothing."""
    sandbox, session = fresh_session
    with start_configured_shell(sandbox, version, NO_COLOR="1", **session) as shell:
        load_hook(shell)
        assert re.fullmatch(SEGMENT, read_prompt_after(shell, ":"))
        shell.run(line)
        if "PS0" not in line:
            assert "short" not in read_prompt_after(shell, ":")
        for _ in range(2):
            assert load_hook(shell) == ""
            assert re.fullmatch(SEGMENT, read_prompt_after(shell, ":"))
        assert expire_and_check(shell, session) == "renewed"


@pytest.mark.parametrize("before", [":", "trap : URG"])
@pytest.mark.parametrize("line", LOST["bash"][:3])
@pytest.mark.parametrize("emulated", EMULATED, ids=str)
def test_the_segment_also_disappears_in_an_older_bash(
    fresh_session: Fresh, tmp_path: Path, emulated: tuple[int, int], line: str, before: str
) -> None:
    """Nothing there runs before a command, or only with a signal that the user's own trap handles."""
    sandbox, session = fresh_session
    hook = tmp_path / "hook.bash"
    hook.write_text(emulate_version((HOOKS / "shellvault.bash").read_text(), emulated))
    with start_configured_shell(sandbox, list_versions("bash")[0], before=(before,), NO_COLOR="1", **session) as shell:
        assert shell.run(f"source '{hook}'") == ""
        for _ in range(2):
            assert re.fullmatch(SEGMENT, read_prompt_after(shell, ":"))
        shell.run(line.partition("; PS0")[0])
        assert "short" not in read_prompt_after(shell, "export AWS_ACCESS_KEY_ID=AKIAOTHEROTHEROTHER0")
        assert shell.run(f"source '{hook}'") == ""
        assert re.fullmatch(rf"\[short\?\] {PROMPT}", read_prompt_after(shell, ":"))


@pytest.mark.parametrize("version", list_versions("zsh"), ids=str)
def test_the_segment_also_disappears_without_prompt_percent(fresh_session: Fresh, version: Version) -> None:
    """There the segment is plain text in PROMPT, which is taken out when a command starts."""
    sandbox, session = fresh_session
    before = ("unsetopt prompt_percent",)
    with start_configured_shell(sandbox, version, before=before, NO_COLOR="1", **session) as shell:
        load_hook(shell)
        for _ in range(2):
            assert re.fullmatch(SEGMENT, read_prompt_after(shell, ":"))
        shell.run("precmd_functions=()")
        assert "short" not in read_prompt_after(shell, ":")
        load_hook(shell)
        assert re.fullmatch(SEGMENT, read_prompt_after(shell, ":"))


@pytest.mark.parametrize("emulated", EMULATED, ids=str)
def test_theme_that_takes_over_prompt_command_keeps_the_segment(
    fresh_session: Fresh, tmp_path: Path, emulated: tuple[int, int]
) -> None:
    """Once the hook is removed, nothing calls its missing functions."""
    sandbox, session = fresh_session
    hook = tmp_path / "hook.bash"
    hook.write_text(emulate_version((HOOKS / "shellvault.bash").read_text(), emulated))
    with start_configured_shell(sandbox, list_versions("bash")[0], NO_COLOR="1", **session) as shell:
        shell.run(f"source '{hook}'")
        shell.run(STARSHIP)
        for _ in range(3):
            assert re.fullmatch(rf"\[short 5\dm\] <theme> {PROMPT}", read_prompt_after(shell, ":"))
        shell.run("__shellvault_remove")
        assert read_prompt_after(shell, ":") == f"<theme> {PROMPT}"
        assert shell.run("declare -p saved_command").count("shellvault") == 0


@pytest.mark.parametrize("version", list_versions("bash"), ids=str)
@pytest.mark.parametrize("strict", [":", "set -u"])
def test_prompt_restored_after_removal_causes_no_error(fresh_session: Fresh, version: Version, strict: str) -> None:
    """A virtualenv saves PS1, including our part of it."""
    sandbox, session = fresh_session
    with start_configured_shell(sandbox, version, NO_COLOR="1", **session) as shell:
        load_hook(shell)
        shell.run(f"{strict}; saved=$PS1; PS1='(venv) {PROMPT}'")
        shell.run("__shellvault_remove; PS1=$saved")
        assert read_prompt_after(shell, ":") == PROMPT
