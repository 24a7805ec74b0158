"""An idle hook starts no process, however many prompts and commands go by."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from tests.commands.terminal import PROMPT
from tests.hook.configured_shell import ALL_VERSIONS, PID, load_hook, start_configured_shell
from tests.hook.live_shell import add_short_profile

if TYPE_CHECKING:
    from pathlib import Path

    from tests.hook.live_shell import LiveShell
    from tests.sandbox import Sandbox
    from tests.shells.shell_versions import Version

CALLS = "clone,clone3,fork,vfork,execve,execveat"
PROMPT_COUNT = 60


@pytest.mark.parametrize("version", ALL_VERSIONS, ids=str)
def test_prompts_start_no_process(sandbox: Sandbox, tmp_path: Path, version: Version) -> None:
    """Empty lines and builtins, without a session and with a fresh one: no calls at all, as without the hook."""
    add_short_profile(sandbox, 3600)
    log = tmp_path / "calls"
    with start_configured_shell(sandbox, _add_strace(version, log)) as shell:
        pid = shell.run(PID[version.name])
        _show_prompts(shell)
        alone = _count_calls(shell, log, pid)
        load_hook(shell)
        idle = _count_calls(shell, log, pid)
        shell.use("short")
        fresh = _count_calls(shell, log, pid)
        assert shell.get_variable("SHELLVAULT_STATE") == "fresh"
    assert (alone, idle, fresh) == (0, 0, 0)


@pytest.mark.parametrize("version", ALL_VERSIONS, ids=str)
def test_a_newer_session_of_another_scope_starts_no_process(sandbox: Sandbox, tmp_path: Path, version: Version) -> None:
    """The shell holds a narrowed session; another one obtains a wide one of the same profile, which lasts longer."""
    add_short_profile(sandbox, 3600)
    log = tmp_path / "calls"
    with start_configured_shell(sandbox, _add_strace(version, log)) as shell:
        pid = shell.run(PID[version.name])
        load_hook(shell)
        shell.run("shellvault use short --read-only")
        sandbox.aws.world.session_life = 7200
        assert sandbox.run("env", "short", "--fresh", "--shell", "bash").returncode == 0
        assert _count_calls(shell, log, pid) == 0
        assert (shell.get_variable("SHELLVAULT_STATE"), shell.get_variable("SHELLVAULT_SCOPE")) == ("fresh", "ro")


def test_process_started_by_a_prompt_is_counted(sandbox: Sandbox, tmp_path: Path) -> None:
    """A hook that forks before each prompt is counted, so the zeros above are meaningful."""
    log = tmp_path / "calls"
    with start_configured_shell(
        sandbox, _add_strace(ALL_VERSIONS[0], log), before=("PROMPT_COMMAND='x=$(:)'",)
    ) as shell:
        assert _count_calls(shell, log, shell.run(PID["bash"])) >= PROMPT_COUNT


def _add_strace(version: Version, log: Path) -> Version:
    strace = ("strace", "-f", "--seccomp-bpf", "-qq", "-e", f"trace={CALLS}", "-e", "signal=none", "-o", str(log))
    return version.replace(command=(*strace, *version.command))


def _count_calls(shell: LiveShell, log: Path, pid: str) -> int:
    """Return how many processes the shell itself started or became over these prompts, not counting threads."""
    start = log.stat().st_size
    _show_prompts(shell)
    calls = re.findall(rf"^{pid} +(?:{CALLS.replace(',', '|')})\(.*", log.read_text()[start:], re.MULTILINE)
    return sum("CLONE_THREAD" not in call for call in calls)


def _show_prompts(shell: LiveShell) -> None:
    start = shell.terminal.output.count(PROMPT)
    for line in ("", "true"):
        shell.terminal.type(f"{line}\n" * (PROMPT_COUNT // 2 - 1) + line)
    while shell.terminal.output.count(PROMPT) < start + PROMPT_COUNT:
        shell.terminal.expect(re.escape(PROMPT))
    shell.run(":")
