"""The hook and commands on a terminal start an agent, and neither the shell nor other programs wait for it."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING

import pytest

from tests.agent.agent_sandbox import wait_until
from tests.commands.terminal import PROMPT, open_shell
from tests.sandbox import parse_environment

if TYPE_CHECKING:
    from tests.agent.agent_sandbox import AgentSandbox

HOOKS = {
    "bash": 'eval "$(shellvault hook bash)"',
    "zsh": 'eval "$(shellvault hook zsh)"',
    "fish": "shellvault hook fish | source",
}
STARTS = {**HOOKS, "dash": 'eval "$(shellvault env reader --shell dash)"'}


@pytest.mark.parametrize("shell", STARTS)
def test_a_shell_starts_an_agent_and_does_not_wait_for_it(reader: AgentSandbox, shell: str) -> None:
    """The prompt is back at once, and the agent holds none of the terminal's descriptors and outlives the shell."""
    with open_shell(reader.sandbox, shell) as terminal:
        started = time.monotonic()
        terminal.type(STARTS[shell])
        terminal.expect(PROMPT)
        assert time.monotonic() - started < 5
        wait_until(reader.is_answering)
        pid = reader.pid()
        shell_pid = terminal.process
    assert (reader.pid(), os.getsid(pid) != shell_pid) == (pid, True)
    streams = {os.readlink(f"/proc/{pid}/fd/{number}") for number in range(3)}  # noqa: PTH115
    assert streams == {"/dev/null"}


@pytest.mark.parametrize("shell", HOOKS)
@pytest.mark.parametrize("agent", ["off", ""])
def test_a_hook_starts_no_agent_if_it_is_off_or_has_no_terminal(reader: AgentSandbox, shell: str, agent: str) -> None:
    """SHELLVAULT_AGENT=off turns it off; the hook of a shell without a terminal starts none either."""
    if agent:
        with open_shell(reader.sandbox, shell, SHELLVAULT_AGENT=agent) as terminal:
            terminal.type(HOOKS[shell])
            terminal.expect(PROMPT)
    else:
        assert reader.sandbox.shell(shell, HOOKS[shell]).returncode == 0
    assert (reader.pids(), reader.folder.exists()) == ([], False)


def test_the_agent_closes_the_descriptors_that_it_inherits(reader: AgentSandbox) -> None:
    """Direnv reads descriptor 3 until it is closed, and `$(…)` does so with stdout; both would wait for the agent."""
    script = 'exec 3>&1 4>&1 9>&1; x="$(shellvault env reader --shell bash 3>&1 4>&1)"; echo done'
    started = time.monotonic()
    done = reader.sandbox.shell("bash", script, SHELLVAULT_AGENT="on")
    assert (done.returncode, done.stdout) == (0, "done\n")
    assert time.monotonic() - started < 15
    wait_until(reader.is_answering)
    assert {os.readlink(f"/proc/{reader.pid()}/fd/{number}") for number in range(3)} == {"/dev/null"}  # noqa: PTH115


def test_the_agent_does_not_keep_the_environment_of_the_shell(reader: AgentSandbox) -> None:
    """It may contain secrets, and under `sudo -E` another user's folders."""
    extra = {"AWS_SECRET_ACCESS_KEY": "x" * 40, "SHELLVAULT_PASSPHRASE": "p", "PYTHONPATH": "/nowhere", "LD_DEBUG": ""}
    assert reader.run("agent", "start", LANG="de_DE.ISO-8859-1", **extra).returncode == 0
    with open(f"/proc/{reader.pid()}/environ", encoding="utf-8") as file:  # noqa: PTH123 - as root
        environ = parse_environment(file.read())
    assert not {*extra, "LANG"} & environ.keys()
    assert environ["LC_ALL"] == "C.UTF-8"  # a request may hold any text
    assert environ["HOME"] == str(reader.sandbox.home)


def test_no_agent_starts_in_another_users_runtime_folder(reader: AgentSandbox) -> None:
    """Under `sudo -E`, root must not put its socket into the user's folder."""
    os.chown(reader.folder.parent, 4242, 4242)
    elsewhere = {"TMPDIR": str(reader.folder.parents[1])}
    done = reader.run("env", "reader", "--shell", "bash", SHELLVAULT_AGENT="on", **elsewhere)
    assert done.returncode == 0
    assert list(reader.folder.parent.iterdir()) == []
    wait_until(lambda: reader.run("agent", "stop", **elsewhere).stdout == "The agent has stopped.\n")
