"""At rest the hook costs no process: neither a fork nor an exec, however many prompts and commands go by."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from tests.commands.terminal import PROMPT
from tests.hook.living import with_short_sessions
from tests.hook.rigs import EVERY, PID, load, rigged

if TYPE_CHECKING:
    from pathlib import Path

    from tests.hook.living import Living
    from tests.sandbox import Sandbox
    from tests.shells.versions import Version

CALLS = "clone,clone3,fork,vfork,execve,execveat"
MANY = 200


@pytest.mark.parametrize("version", EVERY, ids=str)
def test_two_hundred_prompts_start_no_process(sandbox: Sandbox, tmp_path: Path, version: Version) -> None:
    """Empty lines and builtin commands, with no session and with a fresh one: no more calls than without the hook."""
    with_short_sessions(sandbox, 3600)
    log = tmp_path / "calls"
    with rigged(sandbox, _traced(version, log)) as shell:
        pid = shell.do(PID[version.name])
        _prompts(shell)
        alone = _calls(shell, log, pid)
        load(shell)
        idle = _calls(shell, log, pid)
        shell.use("short")
        fresh = _calls(shell, log, pid)
        assert shell.value("SHELLVAULT_STATE") == "fresh"
    assert (alone, idle, fresh) == (0, 0, 0)


def test_a_process_would_be_seen(sandbox: Sandbox, tmp_path: Path) -> None:
    """A hook that forks before each prompt is counted, so the zeros above mean something."""
    log = tmp_path / "calls"
    with rigged(sandbox, _traced(EVERY[0], log), before=("PROMPT_COMMAND='x=$(:)'",)) as shell:
        assert _calls(shell, log, shell.do(PID["bash"])) >= MANY


def _traced(version: Version, log: Path) -> Version:
    strace = ("strace", "-f", "--seccomp-bpf", "-qq", "-e", f"trace={CALLS}", "-e", "signal=none", "-o", str(log))
    return version.replace(command=(*strace, *version.command))


def _calls(shell: Living, log: Path, pid: str) -> int:
    """Return how many processes the shell itself started or became, in so many prompts; a thread is none."""
    began = log.stat().st_size
    _prompts(shell)
    calls = re.findall(rf"^{pid} +(?:{CALLS.replace(',', '|')})\(.*", log.read_text()[began:], re.MULTILINE)
    return sum("CLONE_THREAD" not in call for call in calls)


def _prompts(shell: Living) -> None:
    start = shell.terminal.output.count(PROMPT)
    for line in ("", "true"):
        shell.terminal.type(f"{line}\n" * (MANY // 2 - 1) + line)
    while shell.terminal.output.count(PROMPT) < start + MANY:
        shell.terminal.expect(re.escape(PROMPT))
    shell.do(":")
