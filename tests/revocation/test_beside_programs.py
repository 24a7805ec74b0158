"""`revoke` and `panic` beside an agent, and programs that get their credentials from an endpoint."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from tests.agent.agent_sandbox import AgentSandbox, wait_until
from tests.endpoint.serving import serve
from tests.sandbox import SHELLVAULT, TIME_LIMIT

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.revocation.team import Team

ASK = """
import boto3, sys
for line in sys.stdin:
    try:
        client = boto3.session.Session().client("ssm", region_name="eu-west-1")
        client.put_parameter(Name="a", Value="b", Overwrite=True)
        print("works", flush=True)
    except Exception as error:
        print(type(error).__name__, flush=True)
"""
"""A program that asks its endpoint for credentials anew, and uses them, for each line that it reads."""


@contextmanager
def asking(agents: AgentSandbox, *words: str) -> Iterator[subprocess.Popen[str]]:
    """Run that program with `exec --server`, or as the words say."""
    command = words if words[1:] else ("exec", "--server", *words)
    argv = [SHELLVAULT, *command, "--", sys.executable, "-c", ASK]
    pipe, env = subprocess.PIPE, agents.sandbox.env
    with subprocess.Popen(argv, env=env, cwd=agents.sandbox.home, text=True, stdin=pipe, stdout=pipe) as process:
        try:
            yield process
        finally:
            process.kill()


def ask(process: subprocess.Popen[str]) -> str:
    """Let the program use its credentials, and return what became of it."""
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write("\n")
    process.stdin.flush()
    return process.stdout.readline().strip()


def describe_agent(agents: AgentSandbox) -> dict[str, object]:
    """Return what the agent says about itself."""
    found: dict[str, object] = json.loads(agents.run("agent", "--json").stdout)
    return found


def test_the_agent_renews_no_revoked_session(agents: AgentSandbox, team: Team) -> None:
    """Nor one over it; others it renews as before."""
    agents.start()
    for profile in ("prod", "over", "far"):
        assert agents.run("env", profile, "--shell", "bash").returncode == 0
    assert describe_agent(agents)["renews"] == ["far", "over", "prod"]
    assert agents.run("revoke", "prod", "--yes").returncode == 0
    assert describe_agent(agents)["renews"] == ["far"]
    assert team.program("prod").works()


def test_the_agent_is_told_even_where_it_is_switched_off(agents: AgentSandbox, team: Team) -> None:
    """As by `clear`: the variable only says who answers."""
    agents.start()
    assert agents.run("env", "prod", "--shell", "bash").returncode == 0
    assert agents.run("revoke", "prod", "--yes", SHELLVAULT_AGENT="off").returncode == 0
    assert describe_agent(agents)["renews"] == []
    assert team.policy(team.deploy.arn)


def test_programs_of_the_endpoint_get_a_session_that_works(agents: AgentSandbox, team: Team) -> None:
    """The next time that they ask."""
    agents.start()
    with asking(agents, "prod") as program:
        assert ask(program) == "works"
        assert agents.run("revoke", "prod", "--yes").returncode == 0
        assert ask(program) == "works"
    assert team.world.count("AssumeRole", "ok") == 2


@pytest.mark.parametrize("line", ["exec --server prod", "lend prod"])
def test_panic_ends_the_agent_and_what_it_serves_or_lends(agents: AgentSandbox, team: Team, line: str) -> None:
    """Programs get nothing more, and no command starts another agent by itself."""
    agents.start()
    with asking(agents, *line.split()) as program:
        assert ask(program) == "works"
        done = agents.run("panic", "--yes")
        assert done.returncode == 0, done.stdout + done.stderr
        wait_until(lambda: not agents.pids())
        assert ask(program) != "works"
    assert not team.is_active()
    assert list(agents.folder.glob("token-*")) == []


def test_panic_ends_an_agent_that_hangs(agents: AgentSandbox, team: Team) -> None:
    """The next one takes over nothing."""
    pid = agents.start()
    with asking(agents, "lend", "prod") as program:
        assert ask(program) == "works"
        os.kill(pid, signal.SIGSTOP)
        assert agents.run("panic", "--yes").returncode == 0
        wait_until(lambda: not agents.pids())
        agents.start()
        assert ask(program) != "works"
        assert "Nothing is lent" in agents.run("lend").stdout
    assert not team.is_active()


def test_panic_ends_serve(agents: AgentSandbox, team: Team) -> None:
    """The token is gone, and the command ends as with Ctrl-C."""
    with serve(agents.sandbox, "prod") as serving:
        assert serving.ask().status == 200
        headers = serving.headers
        port, path = serving.port, serving.path
        assert agents.run("panic", "--yes").returncode == 0
        request = f"GET {path} HTTP/1.1\r\nHost: {headers['Host']}\r\nAuthorization: {headers['Authorization']}\r\n"
        assert port > 0
        assert serving.send(f"{request}Connection: close\r\n\r\n".encode()).status != 200
        assert serving.process.wait(TIME_LIMIT) == 130
    assert not team.is_active()


@pytest.mark.parametrize("line", ["exec --server prod", "lend prod"])
def test_panic_finds_an_agent_in_another_runtime_folder(
    agents: AgentSandbox, team: Team, tmp_path: Path, line: str
) -> None:
    """The agent was started with other variables than panic has."""
    agents.start()
    (tmp_path / "other").mkdir(0o700)
    with asking(agents, *line.split()) as program:
        assert ask(program) == "works"
        done = agents.run("panic", "--yes", XDG_RUNTIME_DIR=str(tmp_path / "other"))
        assert "the agent is stopped, and nothing is served or lent any more" in done.stdout, done.stdout + done.stderr
        assert not agents.pids()
        assert ask(program) != "works"
    assert not team.is_active()


def test_panic_finds_serve_in_another_runtime_folder(agents: AgentSandbox, team: Team, tmp_path: Path) -> None:
    """Its token file is gone, and it ends."""
    (tmp_path / "other").mkdir(0o700)
    with serve(agents.sandbox, "prod") as serving:
        assert serving.ask().status == 200
        done = agents.run("panic", "--yes", XDG_RUNTIME_DIR=str(tmp_path / "other"))
        assert "no agent is running, and nothing is served or lent any more" in done.stdout, done.stdout + done.stderr
        assert serving.process.wait(TIME_LIMIT) == 130
    assert not team.is_active()


def test_panic_says_what_it_cannot_stop(agents: AgentSandbox, team: Team) -> None:
    """A folder in its way is a token file that cannot be removed."""
    agents.start()
    (agents.folder / "token-1-a").mkdir()
    done = agents.run("panic", "--yes")
    (agents.folder / "token-1-a").rmdir()
    assert ("Not done:" in done.stdout, "is stopped" in done.stdout) == (True, False), done.stdout
    assert f"cannot remove {agents.folder}/token-1-a, so it is still served" in done.stdout
    assert not team.is_active()


def test_panic_without_a_kernel_keyring(agents: AgentSandbox, team: Team) -> None:
    """Where the agent's memory, or else the vault, keeps the sessions: they are forgotten all the same."""
    agents.start_without_kernel_keyring()
    assert agents.run_without_kernel_keyring("env", "prod", "--shell", "bash").returncode == 0
    done = agents.run_without_kernel_keyring("panic", "--yes")
    assert done.returncode == 0, done.stdout + done.stderr
    wait_until(lambda: not agents.pids())
    assert "this machine: forgot 1 session\n" in done.stdout
    assert not team.is_active()


def test_panic_without_kernel_keyring_and_agent(team: Team, agents: AgentSandbox) -> None:
    """The vault keeps the sessions then."""
    off = {"SHELLVAULT_AGENT": "off"}
    assert agents.run_without_kernel_keyring("env", "prod", "--shell", "bash", **off).returncode == 0
    locked = agents.run_without_kernel_keyring("panic", "--yes", SHELLVAULT_PASSPHRASE_FILE="", **off)
    assert locked.returncode in (5, 6), locked.stdout + locked.stderr
    assert (team.is_active(), "Not done:" in locked.stdout) == (True, True)
    done = agents.run_without_kernel_keyring("panic", "--yes", **off)
    assert done.returncode == 0, done.stdout + done.stderr
    assert not team.is_active()


def test_revoke_ends_what_is_lent(agents: AgentSandbox, team: Team) -> None:
    """Else whoever it is lent to would get a new session."""
    assert team.is_active()
    with asking(agents, "lend", "prod") as program:
        assert ask(program) == "works"
        done = agents.run("revoke", "prod", "--yes")
        assert done.returncode == 0, done.stderr
        assert "'prod' is no longer lent to '" in done.stdout
        assert "Nothing is lent" in agents.run("lend").stdout
