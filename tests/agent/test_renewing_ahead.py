"""The agent renews what shells use before it expires, and stops when the user wants it to."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from shellvault.storage import status_file
from tests.agent.agent_sandbox import wait_until

if TYPE_CHECKING:
    from tests.agent.agent_sandbox import AgentSandbox

ENV = ("env", "reader", "--shell", "bash")
LIFE = 8  # seconds; a quarter before its end, a session is due


@pytest.fixture
def short(reader: AgentSandbox) -> AgentSandbox:
    """Return a sandbox with short sessions and an agent."""
    reader.sandbox.aws.world.session_life = LIFE
    reader.start()
    return reader


def count(agents: AgentSandbox) -> int:
    """Return how many sessions AWS was asked for."""
    return agents.sandbox.aws.world.count("AssumeRole")


def read_status(agents: AgentSandbox, profile: str = "reader") -> list[str]:
    """Return what the hooks of all shells read."""
    return Path(status_file.find_path(str(agents.sandbox.vault), profile)).read_text(encoding="ascii").split()


def test_shells_hear_of_renewals_that_no_command_made(short: AgentSandbox) -> None:
    """Twice, so the second one is due in its time as well."""
    assert short.run(*ENV).returncode == 0
    seen = [read_status(short)]
    for _ in range(2):
        wait_until(lambda: read_status(short) != seen[-1])
        seen.append(read_status(short))
    assert [state for _, _, state in seen] == ["ok"] * 3
    assert sorted({int(ends) for _, ends, _ in seen}) == [int(ends) for _, ends, _ in seen]
    assert count(short) == 3


@pytest.mark.parametrize("line", ["clear", "clear reader", "lock", "remove base --force", "agent stop"])
def test_a_command_stops_it(short: AgentSandbox, line: str) -> None:
    """What the user wants forgotten does not come back; nor is a locked vault opened with a passphrase from a file."""
    assert short.run(*ENV).returncode == 0
    assert short.run(*line.split()).returncode == 0
    time.sleep(LIFE)
    assert count(short) == 1
    assert "\nrenews     none\n" in short.run("agent").stdout or line == "agent stop"


def test_a_renewal_under_way_does_not_undo_that(short: AgentSandbox) -> None:
    """Its session is renewed no more."""
    assert short.run(*ENV).returncode == 0
    short.sandbox.aws.faults.latency = 1
    wait_until(lambda: short.sandbox.aws.faults.waiting)
    assert short.run("clear").returncode == 0
    wait_until(lambda: count(short) == 2)
    short.sandbox.aws.faults.latency = 0
    time.sleep(LIFE)
    assert count(short) == 2


def test_while_aws_is_away_a_valid_session_stays(reader: AgentSandbox) -> None:
    """Shells hear of the failure, commands get what is still valid, and the next session once AWS is back."""
    reader.sandbox.aws.world.session_life = 24
    reader.start()
    first = reader.run("exec", "reader", "--json").stdout
    assert reader.run(*ENV).returncode == 0
    reader.sandbox.aws.faults.next("drop", None)
    wait_until(lambda: read_status(reader)[2] == "failed")
    asked = len(reader.sandbox.aws.world.calls)
    done = reader.run("exec", "reader", "--json")
    assert (done.returncode, done.stdout) == (0, first)
    assert len(reader.sandbox.aws.world.calls) <= asked + 3
    reader.sandbox.aws.faults.clear()
    assert reader.run("exec", "reader", "--json").stdout not in ("", first)


def test_a_config_that_changes_is_what_counts(short: AgentSandbox) -> None:
    """A profile that is gone is renewed no more, and the status says so."""
    assert short.run(*ENV).returncode == 0
    short.sandbox.config.write_text("")
    wait_until(lambda: read_status(short)[2] == "failed")
    assert "\nrenews     none\n" in short.run("agent").stdout
