"""Without a kernel keyring, the agent keeps secrets: the passphrase is typed once, and no file holds a session."""

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
    """Return a sandbox with a key pair in a locked vault, which prompts for its passphrase, and no agent."""
    agents.sandbox.add("base", agents.sandbox.aws.world.user().access_key())
    agents.sandbox.purge()
    agents.sandbox.env.pop("SHELLVAULT_PASSPHRASE_FILE")
    return agents


def run(agents: AgentSandbox, *words: str, **extra: str) -> subprocess.CompletedProcess[str]:
    """Run shellvault without a kernel keyring and without a terminal."""
    return agents.sandbox.command([*REFUSED, *words], **extra)


def type_passphrase(agents: AgentSandbox, *words: str, **extra: str) -> None:
    """Run shellvault without a kernel keyring on a terminal, and answer its only prompt."""
    with open_terminal(agents.sandbox, [*REFUSED, *words], **extra) as terminal:
        terminal.expect("Passphrase.*: ")
        terminal.type(PASSPHRASE)
        assert terminal.wait_for_exit() == 0, terminal.output


@pytest.mark.parametrize("first", [["unlock"], ["exec", "base", "--", "true"]])
def test_typing_the_passphrase_once_is_enough_for_all_commands(refused: AgentSandbox, first: Sequence[str]) -> None:
    """Commands without a terminal, which cannot prompt, work too."""
    type_passphrase(refused, *first)
    assert run(refused, *ENV).stdout.startswith("{")
    assert run(refused, "env", "base", "--fresh", "--shell", "bash").returncode == 0
    assert "unlocked" in run(refused, "status").stdout


def test_a_session_is_obtained_once_and_is_in_no_file(refused: AgentSandbox) -> None:
    """The agent hands out the same session until it is due."""
    type_passphrase(refused, "unlock")
    keys = {run(refused, "exec", "base", "--json").stdout for _ in range(3)}
    assert len(keys) == 1
    assert not (refused.sandbox.vault / "sessions").exists()
    assert "sts.GetSessionToken" in run(refused, "list", "--sessions").stdout


def test_unlock_starts_an_agent_even_without_a_terminal(refused: AgentSandbox, tmp_path: Path) -> None:
    """Login scripts and programs started from a desktop have no terminal."""
    file = tmp_path / "passphrase"
    assert run(refused, "unlock", SHELLVAULT_PASSPHRASE_FILE=str(file)).stdout == "The sealed vault is unlocked.\n"
    assert run(refused, *ENV).returncode == 0


def test_unlock_without_an_agent_names_the_cause(refused: AgentSandbox, tmp_path: Path) -> None:
    """Nothing else could keep the vault unlocked, so it fails and names SHELLVAULT_AGENT=off."""
    done = run(refused, "unlock", SHELLVAULT_PASSPHRASE_FILE=str(tmp_path / "passphrase"), SHELLVAULT_AGENT="off")
    assert done.returncode == 5
    assert "SHELLVAULT_AGENT=off" in done.stderr


@pytest.mark.parametrize("agent", ["auto", "off"])
def test_lock_and_clear_reach_the_agent(refused: AgentSandbox, agent: str) -> None:
    """Even with SHELLVAULT_AGENT=off: what the user wants forgotten must not stay anywhere."""
    type_passphrase(refused, "exec", "base", "--", "true")
    assert run(refused, "clear", SHELLVAULT_AGENT=agent).stdout == "Forgot 1 session.\n"
    assert run(refused, "lock", SHELLVAULT_AGENT=agent).returncode == 0
    done = run(refused, *ENV)
    assert (done.returncode, done.stdout) == (5, "false\n")


def test_clear_also_forgets_sessions_cached_in_the_vault(refused: AgentSandbox, tmp_path: Path) -> None:
    """They were cached before the agent started; left there, they would be used again after it exits."""
    passphrase = {"SHELLVAULT_PASSPHRASE_FILE": str(tmp_path / "passphrase")}
    assert run(refused, "exec", "base", "--json", **passphrase).returncode == 0
    assert (refused.sandbox.vault / "sessions").read_text()
    assert run(refused, "unlock", **passphrase).returncode == 0
    assert run(refused, "clear").stdout == "Forgot 1 session.\n"
    assert (refused.sandbox.vault / "sessions").read_text() == ""


def test_killing_the_agent_locks_the_vault_but_loses_nothing(refused: AgentSandbox) -> None:
    """The key pair is still in the vault, which the passphrase opens again."""
    type_passphrase(refused, "unlock")
    os.kill(refused.pid(), signal.SIGKILL)
    wait_until(lambda: not refused.pids())
    assert run(refused, *ENV).returncode == 5
    type_passphrase(refused, "unlock")
    assert run(refused, *ENV).returncode == 0


def test_doctor_says_where_sessions_are_kept(refused: AgentSandbox) -> None:
    """It names the agent, not the vault."""
    type_passphrase(refused, "unlock")
    assert "sessions are cached in the agent" in run(refused, "doctor").stdout
