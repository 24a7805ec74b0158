"""Every client gets its session, whatever signal the agent gets while they wait for it."""

from __future__ import annotations

import os
import signal
import time
from typing import TYPE_CHECKING

import pytest

from tests.agent.agent_sandbox import wait_until

if TYPE_CHECKING:
    from tests.agent.agent_sandbox import AgentSandbox

ENV = ("env", "reader", "--shell", "bash")
SIGNALS = pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSTOP, signal.SIGTERM], ids=lambda it: it.name)


@SIGNALS
def test_50_clients_get_a_cached_session(reader: AgentSandbox, number: signal.Signals) -> None:
    """The signal is sent a quarter of a second after the first client is started."""
    assert reader.run(*ENV).returncode == 0
    pid = reader.start()

    def send() -> None:
        time.sleep(0.25)
        os.kill(pid, number)

    assert reader.run_many(*ENV, beside=send) == []


@SIGNALS
def test_50_clients_waiting_for_aws_get_a_session(reader: AgentSandbox, number: signal.Signals) -> None:
    """It comes during the agent's call to AWS; the clients that continue without the agent make at most one more."""
    pid, aws = reader.start(), reader.sandbox.aws
    aws.faults.latency = 1

    def send() -> None:
        wait_until(lambda: aws.faults.waiting)
        os.kill(pid, number)

    assert reader.run_many(*ENV, beside=send) == []
    assert aws.world.count("AssumeRole") <= 2


def test_a_stopped_agent_costs_a_command_two_seconds_once(reader: AgentSandbox) -> None:
    """This applies even to a command that sends it several requests."""
    os.kill(reader.start(), signal.SIGSTOP)
    started = time.monotonic()
    assert reader.run("clear").returncode == 0
    assert time.monotonic() - started < 3.5


def test_a_stopped_agent_serves_again_once_it_continues(reader: AgentSandbox) -> None:
    """It does not repeat the work of the client that gave up on it."""
    pid = reader.start()
    os.kill(pid, signal.SIGSTOP)
    assert reader.run(*ENV).returncode == 0
    os.kill(pid, signal.SIGCONT)
    assert f"process {pid}" in reader.run("agent").stdout
    assert reader.sandbox.aws.world.count("AssumeRole") == 1


def test_sigterm_lets_a_command_finish(reader: AgentSandbox) -> None:
    """The agent exits afterwards, and leaves no file."""
    pid, faults = reader.start(), reader.sandbox.aws.faults
    faults.latency = 1

    def send() -> None:
        wait_until(lambda: faults.waiting)
        os.kill(pid, signal.SIGTERM)

    assert reader.run_many(*ENV, times=1, beside=send) == []
    wait_until(lambda: not reader.pids())
    assert reader.sandbox.aws.world.count("AssumeRole") == 1
    assert list(reader.folder.iterdir()) == []
