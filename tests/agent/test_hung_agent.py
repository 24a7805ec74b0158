"""A stopped agent that never continues: it must not keep what the user wants forgotten, and the user is told."""

from __future__ import annotations

import os
import signal
from typing import TYPE_CHECKING

import pytest

from tests.agent.agent_sandbox import wait_until

if TYPE_CHECKING:
    from pathlib import Path

    from tests.agent.agent_sandbox import AgentSandbox

ENV = ("env", "reader", "--shell", "bash")


@pytest.fixture
def hung(reader: AgentSandbox, tmp_path: Path) -> AgentSandbox:
    """Return a sandbox without a kernel keyring, whose stopped agent holds a session and the vault's data key."""
    reader.sandbox.purge()
    passphrase = str(tmp_path / "passphrase")
    reader.sandbox.env.pop("SHELLVAULT_PASSPHRASE_FILE")
    assert reader.run_without_kernel_keyring("unlock", SHELLVAULT_PASSPHRASE_FILE=passphrase).returncode == 0
    assert reader.run_without_kernel_keyring(*ENV).returncode == 0
    os.kill(reader.pid(), signal.SIGSTOP)
    return reader


@pytest.mark.parametrize("line", ["lock", "clear", "clear reader", "agent stop"])
def test_lock_clear_and_stop_kill_a_hung_agent(hung: AgentSandbox, line: str) -> None:
    """Otherwise it could later hand out what the user believes is gone."""
    pid = hung.pid()
    done = hung.run_without_kernel_keyring(*line.split())
    assert (done.returncode, f"the agent (process {pid}) does not answer, so it was killed" in done.stderr) == (0, True)
    wait_until(lambda: not hung.pids())
    assert hung.run_without_kernel_keyring(*ENV).returncode == 5


def test_it_is_reported_as_not_answering(hung: AgentSandbox) -> None:
    """Neither `agent` nor `agent start` mistakes it for a working agent."""
    pid = hung.pid()
    assert hung.run("agent").stdout == f"The agent (process {pid}) does not answer.\n"
    done = hung.run("agent", "start")
    assert (done.returncode, done.stderr) == (
        5,
        f"error: the agent (process {pid}) does not answer\nhint: shellvault agent stop kills it\n",
    )
    assert hung.run("agent", "--json").stdout == "null\n"


def test_other_commands_leave_it_alone(hung: AgentSandbox) -> None:
    """It may still continue; until it does, commands do their own work."""
    pid = hung.pid()
    assert hung.run("list").returncode == 0
    assert hung.run("status").returncode == 0
    os.kill(pid, signal.SIGCONT)
    assert hung.run_without_kernel_keyring(*ENV).returncode == 0
    assert hung.pid() == pid
