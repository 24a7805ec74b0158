"""The client does whatever needs a person, a terminal or a user's program; then the agent serves the result."""

from __future__ import annotations

import shlex
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from shellvault.storage import status_file
from tests.commands.picker_screen import DRAWN, add_profiles, wait_for_screen, without_fzf
from tests.commands.role_profiles import add_mfa_role
from tests.commands.terminal import open_terminal
from tests.sandbox import SHELLVAULT, Sandbox

if TYPE_CHECKING:
    from tests.agent.agent_sandbox import AgentSandbox

ENV = ("env", "guarded", "--shell", "bash")


def write_program(sandbox: Sandbox, body: str) -> str:
    """Return the path of a program that also records the command line of its parent process."""
    path = sandbox.home / "program"
    path.write_text(
        f"#!/bin/sh\ntr '\\0' ' ' </proc/$PPID/cmdline >>{shlex.quote(str(sandbox.home))}/parents\n{body}\n"
    )
    path.chmod(0o700)
    return str(path)


def is_served(agents: AgentSandbox, *words: str) -> bool:
    """Return whether the agent ran a successful command, which then did not open the config file itself."""
    done = agents.sandbox.command(["strace", "-e", "trace=openat", SHELLVAULT, *words])
    assert done.returncode == 0, done.stderr
    return "/.aws/config" not in done.stderr


def test_the_prompt_for_a_code_is_on_the_clients_terminal(agents: AgentSandbox) -> None:
    """It appears once; afterwards, the agent serves commands without a terminal too."""
    device = add_mfa_role(agents.sandbox)
    agents.start()
    with open_terminal(agents.sandbox, ["sh", "-c", f"shellvault {' '.join(ENV)} >out"]) as terminal:
        terminal.expect("MFA code for base.*: ")
        terminal.type(device.next_code())
        assert terminal.wait_for_exit() == 0
    assert is_served(agents, *ENV)
    assert agents.sandbox.aws.world.count("AssumeRole") == 1


def test_without_a_terminal_the_client_says_what_is_missing(agents: AgentSandbox) -> None:
    """The error is the same as without an agent. A code on the command line solves it."""
    device = add_mfa_role(agents.sandbox)
    agents.start()
    there, here = agents.run(*ENV), agents.run(*ENV, SHELLVAULT_AGENT="off")
    assert (there.returncode, there.stdout, there.stderr) == (here.returncode, here.stdout, here.stderr)
    assert there.returncode == 6
    assert agents.run(*ENV, "--mfa-token", device.next_code()).returncode == 0
    assert is_served(agents, *ENV)


def test_a_profile_is_chosen_on_the_clients_terminal(agents: AgentSandbox) -> None:
    """Then the agent serves it, and counts each use on a terminal."""
    add_profiles(agents.sandbox)
    pid, used = agents.start(), agents.sandbox.vault / "used"
    command = ["sh", "-c", "shellvault env --shell bash payprd >out"]
    with open_terminal(agents.sandbox, command, **DRAWN, PATH=without_fzf(agents.sandbox)) as terminal:
        wait_for_screen(terminal, "1/4")
        terminal.press("\r")
        assert terminal.wait_for_exit() == 0
    assert "AWS_VAULT='payments-prd'" in (agents.sandbox.home / "out").read_text()
    traced = ["strace", "-qf", "-e", "trace=openat", "-o", "trace", SHELLVAULT, "exec", "payments-prd", "--", "true"]
    with open_terminal(agents.sandbox, traced) as terminal:
        assert terminal.wait_for_exit() == 0
    assert "/.aws/config" not in (agents.sandbox.home / "trace").read_text()
    assert [line.split()[1] for line in used.read_text().splitlines()] == ["payments-prd"] * 2
    missing = agents.run("env", "--shell", "bash")
    assert (missing.returncode, missing.stdout) == (2, "false\n")
    assert agents.pid() == pid


def test_an_mfa_process_is_a_child_of_the_client(agents: AgentSandbox) -> None:
    """So it has the client's terminal, environment and permissions."""
    device = add_mfa_role(agents.sandbox, f"mfa_process = {write_program(agents.sandbox, 'cat code')}")
    (agents.sandbox.home / "code").write_text(device.next_code())
    agents.start()
    assert agents.run(*ENV).returncode == 0
    parents = (agents.sandbox.home / "parents").read_text()
    assert " env guarded " in parents
    assert str(agents.socket) not in parents
    assert is_served(agents, *ENV)


def test_a_credential_process_is_a_child_of_the_client(agents: AgentSandbox) -> None:
    """The agent serves the credentials that it printed."""
    key = agents.sandbox.aws.world.user("bob").access_key()
    answer = f'{{"Version": 1, "AccessKeyId": "{key.id}", "SecretAccessKey": "{key.secret}", "SessionToken": "t", '
    answer += '"Expiration": "2099-01-01T00:00:00Z"}'
    program = write_program(agents.sandbox, f"echo {shlex.quote(answer)}")
    agents.sandbox.configure(f"[profile outside]\ncredential_process = {program}\n")
    agents.start()
    words = ("env", "outside", "--shell", "bash")
    done = agents.run(*words)
    assert done.returncode == 0, done.stderr
    assert " env outside " in (agents.sandbox.home / "parents").read_text()
    assert is_served(agents, *words)


def test_programs_are_children_of_the_client_with_no_input_too(agents: AgentSandbox) -> None:
    """The hook's renewals use --no-input. The agent's own renewals run no program, and do not report a failure."""
    agents.sandbox.aws.world.session_life = 8
    device = add_mfa_role(agents.sandbox, f"mfa_process = {write_program(agents.sandbox, 'cat code')}")
    (agents.sandbox.home / "code").write_text(device.next_code())
    agents.start()
    assert agents.run(*ENV, "--no-input").returncode == 0
    assert " env guarded " in (agents.sandbox.home / "parents").read_text()
    status = Path(status_file.find_path(str(agents.sandbox.vault), "guarded"))
    assert is_served(agents, *ENV)
    time.sleep(7)
    assert status.read_text().split()[2] == "ok"
    assert str(agents.socket) not in (agents.sandbox.home / "parents").read_text()


def test_the_client_asks_whether_to_trust_a_file(agents: AgentSandbox, tmp_path: Path) -> None:
    """Without a terminal, it refuses an untrusted file."""
    program = write_program(agents.sandbox, "exit 1")
    config = tmp_path / "config"
    config.write_text(f"[profile other]\ncredential_process = {program}\n")
    agents.start()
    words = ("env", "other", "--shell", "bash")
    refused = agents.run(*words, AWS_CONFIG_FILE=str(config))
    assert (refused.returncode, "shellvault trust" in refused.stderr) == (2, True)
    command = ["sh", "-c", f"shellvault {' '.join(words)} >out"]
    with open_terminal(agents.sandbox, command, AWS_CONFIG_FILE=str(config)) as terminal:
        terminal.expect(r"\[y/N\]")
        terminal.type("n")
        assert terminal.wait_for_exit() == 2
    assert not (agents.sandbox.home / "parents").exists()


@pytest.mark.parametrize("agent", ["auto", "off"])
def test_debug_messages_reach_the_client(agents: AgentSandbox, agent: str) -> None:
    """They are printed with and without an agent."""
    agents.sandbox.add("base", agents.sandbox.aws.world.user().access_key())
    agents.start()
    done = agents.run("env", "base", "--shell", "bash", "--debug", SHELLVAULT_AGENT=agent)
    assert (done.returncode, "the vault is sealed" in done.stderr) == (0, True)
