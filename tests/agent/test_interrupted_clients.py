"""Signals to a client that is waiting for the agent: the shell gets the same output and status as without one."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import time
from typing import TYPE_CHECKING

import pytest

from tests.agent.agent_sandbox import wait_until
from tests.commands.shell_syntax import SHELLS, write_eval
from tests.commands.terminal import PROMPT, open_shell
from tests.sandbox import SHELLVAULT

if TYPE_CHECKING:
    from tests.agent.agent_sandbox import AgentSandbox

AGENT = pytest.mark.parametrize("agent", ["auto", "off"])
EXPECTED = {signal.SIGTERM: 143, signal.SIGHUP: 129, signal.SIGINT: 130}


def start_waiting(agents: AgentSandbox, *words: str, **extra: str) -> subprocess.Popen[bytes]:
    """Start a command, and return its process once AWS has received its call but not answered it."""
    argv = [SHELLVAULT, *words]
    process = subprocess.Popen(
        argv, env=agents.sandbox.env | extra, stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=agents.sandbox.home
    )
    wait_until(lambda: agents.sandbox.aws.faults.waiting)
    return process


@AGENT
@pytest.mark.parametrize("number", EXPECTED, ids=lambda it: it.name)
@pytest.mark.parametrize("line", ["env reader --shell bash", "export reader --format env", "exec reader -- true"])
def test_a_command_ended_by_a_signal_has_the_usual_output_and_status(
    reader: AgentSandbox, number: signal.Signals, line: str, agent: str
) -> None:
    """It prints `false` for `eval` and nothing otherwise, and has the status of the signal."""
    reader.start()
    reader.sandbox.aws.faults.latency = 3
    process = start_waiting(reader, *line.split(), SHELLVAULT_AGENT=agent)
    os.kill(process.pid, number)
    stdout, _ = process.communicate(timeout=20)
    status = process.returncode
    assert (status if status >= 0 else 128 - status) == EXPECTED[number]
    assert stdout == (b"false\n" if line.startswith("env") else b"")


@AGENT
@pytest.mark.parametrize("shell", SHELLS)
def test_ctrl_c_in_eval_returns_to_the_prompt(reader: AgentSandbox, shell: str, agent: str) -> None:
    """The prompt is back at once, `eval` has failed, and no key is loaded."""
    reader.start()
    reader.sandbox.aws.faults.latency = 30
    with open_shell(reader.sandbox, shell, SHELLVAULT_AGENT=agent) as terminal:
        terminal.type(write_eval(shell, "reader"))
        wait_until(lambda: reader.sandbox.aws.faults.waiting)
        terminal.interrupt()
        terminal.expect("error: interrupted\r\n")
        terminal.expect(re.escape(PROMPT))
        terminal.type(f"echo status {'$status' if shell == 'fish' else '$?'}")
        assert terminal.expect(r"status (\d+)\r").group(1) != "0"
        terminal.type('echo "key [$AWS_ACCESS_KEY_ID]"')
        terminal.expect(r"key \[\]\r")
    reader.end()
    reader.sandbox.aws.faults.clear()


def test_a_suspended_client_gets_its_session_when_it_continues(reader: AgentSandbox) -> None:
    """It is suspended for longer than either side waits for the other."""
    pid = reader.start()
    reader.sandbox.aws.faults.latency = 1
    process = start_waiting(reader, "env", "reader", "--shell", "bash")
    os.kill(process.pid, signal.SIGSTOP)
    time.sleep(6)
    os.kill(process.pid, signal.SIGCONT)
    stdout, _ = process.communicate(timeout=20)
    assert (process.returncode, b"AWS_SESSION_TOKEN" in stdout, reader.pid()) == (0, True, pid)
    assert reader.sandbox.aws.world.count("AssumeRole") == 1


@AGENT
@pytest.mark.parametrize("line", ["env reader --no-input --timeout 1s --shell bash", "env --refresh --shell bash"])
def test_a_command_keeps_to_its_time_limit(reader: AgentSandbox, line: str, agent: str) -> None:
    """The command gives up in time, even if the agent goes on calling AWS."""
    reader.sandbox.aws.world.session_life = 16
    entered = reader.run("exec", "reader", "--", "env", "-0").stdout
    environ = dict(entry.split("=", 1) for entry in entered.split("\0") if entry.startswith(("AWS_", "SHELLVAULT_")))
    reader.start()
    assert reader.run("clear").returncode == 0
    reader.sandbox.aws.faults.next("hang", None)
    extra = environ | {"SHELLVAULT_TIMEOUT": "1s", "SHELLVAULT_AGENT": agent}
    started = time.monotonic()
    done = reader.run(*line.split(), **(extra if "--refresh" in line else {"SHELLVAULT_AGENT": agent}))
    assert (done.returncode, done.stdout) == (8, "false\n")
    assert "no new session within 1s" in done.stderr
    assert time.monotonic() - started < 4
    reader.end()
    reader.sandbox.aws.faults.clear()
