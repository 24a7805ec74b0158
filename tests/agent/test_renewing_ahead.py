"""The agent renews the sessions that shells use before they expire, and stops when the user wants it to."""

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
LIFE = 8  # seconds; a session is due when a quarter of this is left


@pytest.fixture
def short(reader: AgentSandbox) -> AgentSandbox:
    """Return a sandbox with short sessions and an agent."""
    reader.sandbox.aws.world.session_life = LIFE
    reader.start()
    return reader


def count(agents: AgentSandbox) -> int:
    """Return how many sessions AWS has issued."""
    return agents.sandbox.aws.world.count("AssumeRole")


def read_status(agents: AgentSandbox, profile: str = "reader") -> list[str]:
    """Return the fields of the status file that every shell's hook reads."""
    return Path(status_file.find_path(str(agents.sandbox.vault), profile)).read_text(encoding="ascii").split()


def test_shells_see_renewals_made_by_the_agent(short: AgentSandbox) -> None:
    """It renews twice: a renewed session becomes due in turn."""
    assert short.run(*ENV).returncode == 0
    seen = [read_status(short)]
    for _ in range(2):
        wait_until(lambda: read_status(short) != seen[-1])
        seen.append(read_status(short))
    assert [state for _, _, state in seen] == ["ok"] * 3
    assert sorted({int(ends) for _, ends, _ in seen}) == [int(ends) for _, ends, _ in seen]
    assert count(short) == 3


def test_two_scopes_of_a_profile_are_renewed_side_by_side(short: AgentSandbox) -> None:
    """Each shell's session is renewed as it was, and has a status file of its own."""
    for words in ((*ENV, "--read-only"), ENV):
        assert short.run(*words).returncode == 0
    wait_until(lambda: count(short) == 6)
    calls = [call for call in short.sandbox.aws.world.calls if call.action == "AssumeRole"]
    assert sum("PolicyArns.member.1.arn" in call.params for call in calls) == 3
    assert len(list((short.sandbox.vault / "stamps").iterdir())) == 2
    assert "\nrenews     reader\n" in short.run("agent").stdout


@pytest.mark.parametrize("line", ["clear", "clear reader", "lock", "remove base --force", "agent stop"])
def test_commands_that_forget_secrets_stop_renewals(short: AgentSandbox, line: str) -> None:
    """A cleared session does not come back, and a locked vault is not reopened with the passphrase file."""
    assert short.run(*ENV).returncode == 0
    assert short.run(*line.split()).returncode == 0
    time.sleep(LIFE)
    assert count(short) == 1
    assert "\nrenews     none\n" in short.run("agent").stdout or line == "agent stop"


def test_a_renewal_under_way_does_not_undo_clear(short: AgentSandbox) -> None:
    """The session that it obtains is not renewed."""
    assert short.run(*ENV).returncode == 0
    short.sandbox.aws.faults.latency = 1
    wait_until(lambda: short.sandbox.aws.faults.waiting)
    assert short.run("clear").returncode == 0
    wait_until(lambda: count(short) == 2)
    short.sandbox.aws.faults.latency = 0
    time.sleep(LIFE)
    assert count(short) == 2


def test_a_valid_session_stays_in_use_while_aws_is_unreachable(reader: AgentSandbox) -> None:
    """Prompts show the failure, commands keep using the session, and the next renewal succeeds once AWS is back."""
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


def test_renewals_follow_the_current_config_file(short: AgentSandbox) -> None:
    """A profile that was removed is no longer renewed, and its status becomes `failed`."""
    assert short.run(*ENV).returncode == 0
    short.sandbox.config.write_text("")
    wait_until(lambda: read_status(short)[2] == "failed")
    assert "\nrenews     none\n" in short.run("agent").stdout
