"""When an agent starts and exits, and what it leaves behind."""

from __future__ import annotations

import json
import os
import signal
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.agent.agent_sandbox import wait_until

if TYPE_CHECKING:
    from tests.agent.agent_sandbox import AgentSandbox


@pytest.fixture
def base(agents: AgentSandbox) -> AgentSandbox:
    """Return a sandbox with the key pair `base`, and no agent."""
    agents.sandbox.add("base", agents.sandbox.aws.world.user().access_key())
    return agents


def test_start_waits_until_the_agent_answers(agents: AgentSandbox) -> None:
    """Afterwards `agent` shows its process id, start time and where it keeps sessions."""
    pid = agents.start()
    found = json.loads(agents.run("agent", "--json").stdout)
    assert (found["pid"], found["keeps"]) == (pid, "the kernel keyring")
    assert f"process {pid}, since 20" in agents.run("agent").stdout


def test_status_and_doctor_say_whether_an_agent_is_running(agents: AgentSandbox) -> None:
    """With an agent, both show that it is running; without one, `doctor` says so."""
    assert json.loads(agents.run("status", "--json").stdout)["agent"] is None
    assert "no agent is running" in agents.run("doctor").stdout
    pid = agents.start()
    assert json.loads(agents.run("status", "--json").stdout)["agent"] == pid
    assert f"\nagent      process {pid}\n" in agents.run("status").stdout
    assert "ok    the agent answers\n" in agents.run("doctor").stdout


def test_doctor_names_an_agent_that_does_not_answer(agents: AgentSandbox) -> None:
    """The message names the command that kills it."""
    pid = agents.start()
    os.kill(pid, signal.SIGSTOP)
    done = agents.run("doctor")
    assert done.returncode == 1
    assert f"fail  the agent (process {pid}) does not answer\n      -> shellvault agent stop; " in done.stdout


def test_a_second_start_changes_nothing(agents: AgentSandbox) -> None:
    """The agent that is already running stays the only one."""
    pid = agents.start()
    assert agents.run("agent", "start").stdout == "The agent is already running.\n"
    assert agents.pids() == [pid]


def test_twenty_starts_at_once_leave_one_agent(agents: AgentSandbox) -> None:
    """An agent holds a lock as long as it lives, so the others fail to get it."""
    with ThreadPoolExecutor(20) as pool:
        statuses = list(pool.map(lambda _: agents.run("agent", "start").returncode, range(20)))
    assert statuses == [0] * 20
    wait_until(lambda: len(agents.pids()) == 1)


def test_stop_ends_the_agent_and_leaves_no_file(agents: AgentSandbox) -> None:
    """Both its socket and its lock are removed."""
    agents.start()
    assert agents.run("agent", "stop").stdout == "The agent has stopped.\n"
    wait_until(lambda: not agents.pids())
    assert list(agents.folder.iterdir()) == []
    assert agents.run("agent", "stop").stdout == "No agent is running.\n"
    assert agents.run("agent").stdout == "No agent is running.\n"
    assert agents.run("agent", "--json").stdout == "null\n"


def test_sigterm_ends_the_agent_and_leaves_no_file(agents: AgentSandbox) -> None:
    """This is the signal it gets at the end of a login."""
    os.kill(agents.start(), signal.SIGTERM)
    wait_until(lambda: not agents.pids())
    assert list(agents.folder.iterdir()) == []


def test_sighup_and_ctrl_c_do_not_end_the_agent(agents: AgentSandbox) -> None:
    """It outlives the terminal it was started from."""
    pid = agents.start()
    for number in (signal.SIGHUP, signal.SIGINT):
        os.kill(pid, number)
    assert f"process {pid}" in agents.run("agent").stdout


def test_an_agent_is_detached_from_its_shell(agents: AgentSandbox) -> None:
    """It leads its own session and process group, and has no terminal."""
    pid = agents.start()
    assert os.getsid(pid) == os.getpgid(pid) != os.getsid(0)
    assert _read_stat(pid)[4] == "0"  # tty_nr, the controlling terminal


def test_other_users_cannot_reach_the_agents_folder(agents: AgentSandbox) -> None:
    """The folder has mode 0700, and the socket and the lock 0600 or tighter."""
    agents.start()
    assert stat.S_IMODE(agents.folder.stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.lstat().st_mode) & 0o077 for path in agents.folder.iterdir()} == {0}


def test_an_agent_is_not_dumpable(agents: AgentSandbox) -> None:
    """The same user's other programs can read neither its memory nor its environment."""
    pid = agents.start()
    assert Path(f"/proc/{pid}/mem").stat().st_uid == 0
    limits = Path(f"/proc/{pid}/limits").read_text(encoding="ascii").splitlines()
    (line,) = (line for line in limits if line.startswith("Max core file size"))
    assert line.split()[4] == "0"


def test_a_command_without_a_terminal_starts_no_agent(base: AgentSandbox) -> None:
    """Otherwise a build would leave an agent behind."""
    assert base.run("env", "base", "--shell", "bash").returncode == 0
    assert base.run("hook", "bash").returncode == 0
    assert (base.pids(), base.folder.exists()) == ([], False)


@pytest.mark.parametrize("line", ["env base --shell bash", "exec base -- true", "list", "hook bash"])
def test_a_command_starts_an_agent_if_told_to(base: AgentSandbox, line: str) -> None:
    """SHELLVAULT_AGENT=on does that, except for `exec`: its program would become the agent's parent."""
    assert base.run(*line.split(), SHELLVAULT_AGENT="on").returncode == 0
    if "--" not in line.split():
        wait_until(base.is_answering)


def test_off_neither_starts_nor_asks_an_agent(base: AgentSandbox) -> None:
    """A running agent is ignored, and `agent start` is refused."""
    pid = base.start()
    os.kill(pid, signal.SIGSTOP)  # a command that asked would wait
    assert base.run("env", "base", "--shell", "bash", SHELLVAULT_AGENT="off").returncode == 0
    os.kill(pid, signal.SIGCONT)
    refused = base.run("agent", "start", SHELLVAULT_AGENT="off")
    assert (refused.returncode, "SHELLVAULT_AGENT" in refused.stderr) == (2, True)


def test_an_unknown_agent_command_is_refused(agents: AgentSandbox) -> None:
    """The hint lists the valid ones, and names the closest match if there is one."""
    usage = "shellvault agent status|start|stop"
    meant = f"did you mean status? {usage}"
    for word, hint in (("stauts", meant), ("stat", meant), ("fly", usage)):
        done = agents.run("agent", word)
        assert (done.returncode, done.stdout) == (2, "")
        assert done.stderr == f"error: agent: unknown action '{word}'\nhint: {hint}\n"


def _read_stat(pid: int) -> list[str]:
    return Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
