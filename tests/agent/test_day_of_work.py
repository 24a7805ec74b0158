"""A day of ordinary work with an agent: it leaves one process and no files, and no command notices the agent."""

from __future__ import annotations

import os
import random
import signal
import time
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.agent.agent_sandbox import wait_until
from tests.direnv.direnv_shell import HOOK_LAST, start_direnv_shell
from tests.hook.live_shell import SHELLS, SHORT, add_short_profile

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.agent.agent_sandbox import AgentSandbox
    from tests.direnv.direnv_shell import DirenvShell

STEPS, SEED, LIFE = (
    90,
    12,
    12,
)  # commands; of their order; seconds that a session lasts, so that many end during the day
OFTEN = (
    f"shellvault use {SHORT}",
    "shellvault use base",
    "shellvault off",
    "shellvault list >/dev/null",
    "shellvault status >/dev/null",
    f"shellvault exec {SHORT} -- true",
    f"shellvault env {SHORT} --shell bash >/dev/null",
    "cd ~/project",
    "cd ~",
    "sleep 2",
)
SELDOM = (
    f"shellvault use --server {SHORT}",
    f"shellvault use --process {SHORT}",
    f"shellvault exec --server {SHORT} -- sh -c 'test -r $AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE'",
    f"shellvault export {SHORT} --format process >/dev/null",
    "shellvault clear",
    "shellvault lock",
    "shellvault unlock",
    "shellvault agent status >/dev/null",
    "touch ~/.aws/config",
    "kill -9 AGENT",
)
IN_PLACE = ("", ".lock")
"""What may stand behind the name of the agent's socket."""


@pytest.fixture
def day(agents: AgentSandbox) -> Iterator[tuple[AgentSandbox, list[DirenvShell]]]:
    """Return a sandbox with sessions that soon expire, and three shells with direnv and the hook."""
    sandbox = agents.sandbox
    sandbox.env["TMPDIR"] = str(sandbox.home / "tmp")
    for folder in ("tmp", "project"):
        (sandbox.home / folder).mkdir()
    add_short_profile(sandbox, LIFE)
    (sandbox.home / "project" / ".envrc").write_text(f'eval "$(shellvault env {SHORT} --shell bash)"\n')
    assert sandbox.command(["direnv", "allow", str(sandbox.home / "project")]).returncode == 0
    with ExitStack() as stack:
        yield agents, [stack.enter_context(start_direnv_shell(sandbox, name, HOOK_LAST)) for name in SHELLS]


def test_a_day_of_work_ends_with_one_process_and_no_leftovers(day: tuple[AgentSandbox, list[DirenvShell]]) -> None:
    """Every command succeeds, though sessions expire, the vault is locked and the agent is killed on the way."""
    agents, shells = day
    choose = random.Random(SEED)  # noqa: S311 - the same day each time
    for _ in range(STEPS):
        line = choose.choice(choose.choice((OFTEN, OFTEN, SELDOM)))
        if line == "kill -9 AGENT":
            for pid in agents.pids():
                os.kill(pid, signal.SIGKILL)
            continue
        shell = choose.choice(shells)
        assert _status(shell, line) == "0", f"{shell.name}: {line}\n{shell.terminal.output[-2000:]}"
        wait_until(lambda: len(agents.pids()) <= 1)  # a second one may just have found out that it is not needed
    _end(agents, shells)
    wait_until(lambda: not agents.run("agent", "--json").stdout.count(" to process "))
    assert {_after_socket(agents, path) for path in agents.folder.rglob("*") if path.is_file() or path.is_socket()} <= {
        *IN_PLACE,
        ".claims",
    }
    assert [path.name for path in (agents.sandbox.home / "tmp").iterdir()] == []
    assert _processes_of(agents) == agents.pids()
    assert len(agents.pids()) == 1
    assert agents.run("agent", "stop").stdout == "The agent has stopped.\n"
    wait_until(lambda: not agents.pids())
    assert [path for path in agents.folder.rglob("*") if not path.is_dir()] == []


def _status(shell: DirenvShell, line: str) -> str:
    """Return the exit status of a line; the folder is the shell's own, so `cd` is no command of a subshell."""
    variable = "$status" if shell.name == "fish" else "$?"
    return shell.run(f'{line}; printf "=%s=" "{variable}"').rpartition("=")[0].rpartition("=")[2]


def _end(agents: AgentSandbox, shells: list[DirenvShell]) -> None:
    """Have an agent running, and end the shells as a person does."""
    for shell in shells:
        assert _status(shell, f"shellvault use {SHORT}") == "0"
    wait_until(agents.is_answering)
    for shell in shells:
        shell.terminal.type("exit")
        time.sleep(0.2)


def _after_socket(agents: AgentSandbox, path: Path) -> str:
    return str(path).removeprefix(str(agents.socket))


def _processes_of(agents: AgentSandbox) -> list[int]:
    """Return every process whose environment has this sandbox's home, besides the test's own shells."""
    mark, found = f"HOME={agents.sandbox.home}\0".encode(), []
    for entry in Path("/proc").iterdir():
        try:
            if entry.name.isdecimal() and mark in (entry / "environ").read_bytes() + b"\0":
                found.append(int(entry.name))
        except OSError:
            continue
    return sorted(found)
