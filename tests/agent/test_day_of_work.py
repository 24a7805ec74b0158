"""A day of ordinary work with an agent: every command succeeds, and one process and no files are left at the end."""

from __future__ import annotations

import os
import random
import signal
from contextlib import ExitStack, suppress
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
OF_THE_AGENT = {"", ".lock"}
"""What the names of the agent's files add to that of its socket."""


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
    wait_until(lambda: {path.removeprefix(str(agents.socket)) for path in _list_files(agents.folder)} <= OF_THE_AGENT)
    assert _list_files(agents.sandbox.home / "tmp") == []
    wait_until(lambda: len(agents.pids()) == 1)  # a second one may still be finding that out
    wait_until(lambda: _list_processes(agents) == agents.pids())
    assert agents.run("agent", "stop").stdout == "The agent has stopped.\n"
    wait_until(lambda: not agents.pids())
    assert _list_files(agents.folder) == []


def _status(shell: DirenvShell, line: str) -> str:
    """Run a line in a shell, and return its exit status."""
    variable = "$status" if shell.name == "fish" else "$?"
    return shell.run(f'{line}; printf "=%s=" "{variable}"').rpartition("=")[0].rpartition("=")[2]


def _end(agents: AgentSandbox, shells: list[DirenvShell]) -> None:
    """Start an agent if none is running, and leave the shells with `exit`."""
    for shell in shells:
        assert _status(shell, f"shellvault use {SHORT}") == "0"
    wait_until(agents.is_answering)
    for shell in shells:
        shell.terminal.type("exit")


def _list_files(folder: Path) -> list[str]:
    return [str(path) for path in folder.rglob("*") if not path.is_dir()]


def _list_processes(agents: AgentSandbox) -> list[int]:
    """Return every process that was started with this sandbox's home."""
    home, found = f"HOME={agents.sandbox.home}".encode(), []
    for entry in Path("/proc").iterdir():
        with suppress(OSError):
            if entry.name.isdecimal() and home in (entry / "environ").read_bytes().split(b"\0"):
                found.append(int(entry.name))
    return sorted(found)
