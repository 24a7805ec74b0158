"""The log of an agent: it says the same as that of the commands, and names the programs behind them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from tests.agent.agent_sandbox import wait_until
from tests.sandbox import SHELLVAULT

if TYPE_CHECKING:
    from tests.agent.agent_sandbox import AgentSandbox

ENV = ("env", "reader", "--shell", "bash")
ASKS = "import boto3; print(boto3.Session().get_credentials().get_frozen_credentials().access_key)"


def read_log(agents: AgentSandbox) -> list[dict[str, Any]]:
    """Return the records."""
    file = agents.sandbox.vault / "log"
    return [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []


def test_a_command_in_the_agent_is_written_down_for_the_program_that_called(reader: AgentSandbox) -> None:
    """The shell and its folder are the client's."""
    reader.start()
    script = f'cd /; eval "$({SHELLVAULT} env reader)"; echo $$'
    pid = int(reader.sandbox.shell("bash", script).stdout)
    records = read_log(reader)
    assert [record["event"] for record in records] == ["minted", "handed over"]
    assert {(record["program"], record["folder"], record["pid"]) for record in records} == {("bash", "/", pid)}


def test_exec_by_the_agent_has_the_process_id_of_the_command(reader: AgentSandbox) -> None:
    """It is the client's process that becomes the command."""
    reader.start()
    pid = int(reader.run("exec", "reader", "--", "sh", "-c", "echo $$").stdout)
    last = read_log(reader)[-1]
    assert (last["event"], last["program"], last["pid"]) == ("handed over", "sh", pid)


def test_a_renewal_ahead_is_the_agents_own(reader: AgentSandbox) -> None:
    """No shell asked for it at that moment."""
    reader.sandbox.aws.world.session_life = 16
    pid = reader.start()
    assert reader.run(*ENV).returncode == 0
    wait_until(lambda: len(read_log(reader)) == 3)
    last = read_log(reader)[-1]
    assert (last["event"], last["program"], last["pid"]) == ("minted", "shellvault", pid)


def test_the_endpoint_writes_a_session_down_once_for_each_claim(reader: AgentSandbox) -> None:
    """However often the programs of a command ask, and for the command that they belong to."""
    script = f'import os, subprocess, sys\nfor _ in range(3): subprocess.run([sys.executable, "-c", {ASKS!r}])'
    words = ("exec", "--server", "reader", "--", "python3", "-c", script)
    done = reader.run(*words)
    assert done.returncode == 0, done.stderr
    (key_id,) = set(done.stdout.split())
    wait_until(lambda: len(read_log(reader)) >= 2)
    given = [record for record in read_log(reader) if record["event"] == "handed over"]
    assert [(record["key_id"], record["profile"]) for record in given] == [(key_id, "reader")]
    assert given[0]["program"].startswith("python")
    assert reader.run(*words).returncode == 0
    wait_until(lambda: len([record for record in read_log(reader) if record["event"] == "handed over"]) == 2)
