"""Where the kernel refuses its keyring, the agent keeps what it would keep: one passphrase, and sessions in no file."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.agent import without_kernel_keyring
from tests.agent.agent_sandbox import wait_until
from tests.commands.terminal import open_terminal
from tests.sandbox import PASSPHRASE, SHELLVAULT

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Sequence

    from tests.agent.agent_sandbox import AgentSandbox

REFUSED = [sys.executable, str(Path(without_kernel_keyring.__file__)), SHELLVAULT]
ENV = ("env", "base", "--shell", "bash")


@pytest.fixture
def refused(agents: AgentSandbox) -> AgentSandbox:
    """Return a sandbox with a key pair, a vault that is locked and asks on the terminal, and no agent."""
    agents.sandbox.add("base", agents.sandbox.aws.world.user().access_key())
    agents.sandbox.purge()
    agents.sandbox.env.pop("SHELLVAULT_PASSPHRASE_FILE")
    return agents


def run(agents: AgentSandbox, *words: str, **extra: str) -> subprocess.CompletedProcess[str]:
    """Run shellvault without a kernel keyring and without a terminal."""
    return agents.sandbox.command([*REFUSED, *words], **extra)


def type_passphrase(agents: AgentSandbox, *words: str, **extra: str) -> None:
    """Run shellvault without a kernel keyring on a terminal, and answer its one question."""
    with open_terminal(agents.sandbox, [*REFUSED, *words], **extra) as terminal:
        terminal.expect("Passphrase.*: ")
        terminal.type(PASSPHRASE)
        assert terminal.wait_for_exit() == 0, terminal.output


@pytest.mark.parametrize("first", [["unlock"], ["exec", "base", "--", "true"]])
def test_one_passphrase_is_enough_for_all_commands(refused: AgentSandbox, first: Sequence[str]) -> None:
    """Also for those that can ask nobody."""
    type_passphrase(refused, *first)
    assert run(refused, *ENV).stdout.startswith("{")
    assert run(refused, "env", "base", "--fresh", "--shell", "bash").returncode == 0
    assert "unlocked" in run(refused, "status").stdout


def test_a_session_is_obtained_once_and_is_in_no_file(refused: AgentSandbox) -> None:
    """The agent hands it out until it is due."""
    type_passphrase(refused, "unlock")
    keys = {run(refused, "exec", "base", "--json").stdout for _ in range(3)}
    assert len(keys) == 1
    assert not (refused.sandbox.vault / "sessions").exists()
    assert "sts.GetSessionToken" in run(refused, "list", "--sessions").stdout


def test_unlock_starts_an_agent_even_without_a_terminal(refused: AgentSandbox, tmp_path: Path) -> None:
    """As in a login script; a desktop's programs have none."""
    file = tmp_path / "passphrase"
    assert run(refused, "unlock", SHELLVAULT_PASSPHRASE_FILE=str(file)).stdout == "The sealed vault is unlocked.\n"
    assert run(refused, *ENV).returncode == 0


def test_without_an_agent_unlock_says_what_to_do(refused: AgentSandbox, tmp_path: Path) -> None:
    """Nothing would keep the vault unlocked."""
    done = run(refused, "unlock", SHELLVAULT_PASSPHRASE_FILE=str(tmp_path / "passphrase"), SHELLVAULT_AGENT="off")
    assert done.returncode == 5
    assert "SHELLVAULT_AGENT=off" in done.stderr


@pytest.mark.parametrize("agent", ["auto", "off"])
def test_lock_and_clear_reach_the_agent(refused: AgentSandbox, agent: str) -> None:
    """Also with SHELLVAULT_AGENT=off: what is to be forgotten must not stay anywhere."""
    type_passphrase(refused, "exec", "base", "--", "true")
    assert run(refused, "clear", SHELLVAULT_AGENT=agent).stdout == "Forgot 1 session.\n"
    assert run(refused, "lock", SHELLVAULT_AGENT=agent).returncode == 0
    done = run(refused, *ENV)
    assert (done.returncode, done.stdout) == (5, "false\n")


def test_clear_also_forgets_what_is_in_the_vault_from_before_the_agent(refused: AgentSandbox, tmp_path: Path) -> None:
    """A session that was cached there must not come back when the agent is gone."""
    passphrase = {"SHELLVAULT_PASSPHRASE_FILE": str(tmp_path / "passphrase")}
    assert run(refused, "exec", "base", "--json", **passphrase).returncode == 0
    assert (refused.sandbox.vault / "sessions").read_text()
    assert run(refused, "unlock", **passphrase).returncode == 0
    assert run(refused, "clear").stdout == "Forgot 1 session.\n"
    assert (refused.sandbox.vault / "sessions").read_text() == ""


def test_after_the_agents_death_the_vault_is_locked_and_nothing_is_lost(refused: AgentSandbox) -> None:
    """The key pair is in the vault; a passphrase opens it again."""
    type_passphrase(refused, "unlock")
    os.kill(refused.pid(), signal.SIGKILL)
    wait_until(lambda: not refused.pids())
    assert run(refused, *ENV).returncode == 5
    type_passphrase(refused, "unlock")
    assert run(refused, *ENV).returncode == 0


def test_doctor_says_where_sessions_are_kept(refused: AgentSandbox) -> None:
    """In the agent, not in the vault."""
    type_passphrase(refused, "unlock")
    assert "sessions are cached in the agent" in run(refused, "doctor").stdout
