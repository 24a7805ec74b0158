"""Whatever happens to the agent while clients wait for it, each of them gets its session."""

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
def test_fifty_clients_with_a_cached_session(reader: AgentSandbox, number: signal.Signals) -> None:
    """A quarter of a second after they have begun to start."""
    assert reader.run(*ENV).returncode == 0
    pid = reader.start()

    def send() -> None:
        time.sleep(0.25)
        os.kill(pid, number)

    assert reader.run_many(*ENV, beside=send) == []


@SIGNALS
def test_fifty_clients_that_wait_for_aws(reader: AgentSandbox, number: signal.Signals) -> None:
    """While the agent's own call is under way: at most one more is made, by those that go on without it."""
    pid, aws = reader.start(), reader.sandbox.aws
    aws.faults.latency = 1

    def send() -> None:
        wait_until(lambda: aws.faults.waiting)
        os.kill(pid, number)

    assert reader.run_many(*ENV, beside=send) == []
    assert aws.world.count("AssumeRole") <= 2


def test_a_stopped_agent_costs_a_command_two_seconds_once(reader: AgentSandbox) -> None:
    """Also a command that has several questions for it."""
    os.kill(reader.start(), signal.SIGSTOP)
    started = time.monotonic()
    assert reader.run("clear").returncode == 0
    assert time.monotonic() - started < 3.5


def test_an_agent_that_goes_on_after_a_stop_serves_again(reader: AgentSandbox) -> None:
    """What it was asked meanwhile is answered to nobody."""
    pid = reader.start()
    os.kill(pid, signal.SIGSTOP)
    assert reader.run(*ENV).returncode == 0
    os.kill(pid, signal.SIGCONT)
    assert f"process {pid}" in reader.run("agent").stdout
    assert reader.sandbox.aws.world.count("AssumeRole") == 1


def test_sigterm_lets_a_command_finish(reader: AgentSandbox) -> None:
    """And then nothing of the agent is left."""
    pid, faults = reader.start(), reader.sandbox.aws.faults
    faults.latency = 1

    def send() -> None:
        wait_until(lambda: faults.waiting)
        os.kill(pid, signal.SIGTERM)

    assert reader.run_many(*ENV, times=1, beside=send) == []
    wait_until(lambda: not reader.pids())
    assert reader.sandbox.aws.world.count("AssumeRole") == 1
    assert list(reader.folder.iterdir()) == []
