"""A lend ends with its command, its time, or the process that lent it; it outlives an agent that is replaced."""

from __future__ import annotations

import json
import os
import signal
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.agent.agent_sandbox import wait_until
from tests.commands.terminal import open_terminal
from tests.endpoint.serving import ROLE
from tests.lend.far_side import find_children
from tests.lend.test_over_ssh import IDENTITY

if TYPE_CHECKING:
    import subprocess

    from tests.lend.far_side import FarSide

ASKING = f"while read line; do echo $({IDENTITY} 2>&1); done"
"""A command on the far side that asks for credentials each time it reads a line."""
WAITING = "echo up; exec sleep 600"


def ask(process: subprocess.Popen[str]) -> str:
    """Return what a program on the far side gets now."""
    assert process.stdin
    assert process.stdout
    process.stdin.write("\n")
    process.stdin.flush()
    return process.stdout.readline()


def lends(far: FarSide) -> list[dict[str, object]]:
    """Return what `lend --json` shows."""
    found: list[dict[str, object]] = json.loads(far.agents.run("lend", "--json").stdout)
    return found


def is_clean(far: FarSide) -> bool:
    """Return whether nothing is lent, and nothing is left of it on either side."""
    near = [path for path in far.agents.folder.iterdir() if path.name.startswith(("token-", "ssh-"))]
    return not far.files() and not near and not lends(far)


def find_clients(process: subprocess.Popen[str]) -> dict[str, int]:
    """Return the processes of ssh below `lend`, which runs `WAITING`: the connection, and the user's own command."""
    assert process.stdout
    assert process.stdout.readline() == "up\n"
    arguments = {pid: Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0") for pid in find_children(process.pid)}
    return {"connection" if b"-M" in words else "command": pid for pid, words in arguments.items()}


def test_it_ends_when_its_time_is_over(far: FarSide) -> None:
    """Programs are told since when; ssh goes on, and its user is told at the end."""
    with far.lent("far", ASKING, options=["--for", "6s"]) as process:
        assert ask(process) == f"{ROLE}\n"
        until = lends(far)[0]["until"]
        wait_until(lambda: not lends(far))
        assert f"shellvault: this was lent until {until}" in ask(process)
        _printed, said = process.communicate("", timeout=60)
    assert (process.returncode, said.count("'reader' is no longer lent to 'ssh far', since")) == (0, 1)
    wait_until(lambda: is_clean(far))


def test_it_ends_when_it_is_taken_back(far: FarSide) -> None:
    """`lend --stop` with another profile's name ends nothing."""
    with far.lent("far", ASKING) as process:
        assert far.agents.run("lend", "--stop", "base").stdout == "'base' is not lent.\n"
        mistyped = far.agents.run("lend", "--stop", "raeder")
        assert (mistyped.returncode, "'raeder' is not lent, and no profile has that name" in mistyped.stderr) == (
            3,
            True,
        )
        assert ask(process) == f"{ROLE}\n"
        assert far.agents.run("lend", "--stop", "reader").stdout == "'reader' is no longer lent to 'ssh far'.\n"
        assert "shellvault: this is no longer lent: it was taken back" in ask(process)
        assert far.agents.run("lend", "--stop").stdout == "Nothing is lent.\n"
        time.sleep(3)  # it looks every two seconds
        _printed, said = process.communicate("", timeout=60)
    assert "' is no longer lent to 'ssh far', since " in said
    assert process.returncode == 0


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGHUP])
def test_it_ends_with_the_process_that_lent_it(far: FarSide, number: int) -> None:
    """Even if that process had no chance to clean up, the far side removes what it has."""
    with far.lent("far", WAITING) as process:
        assert len(far.files()) == 4
        clients = find_clients(process)
        process.send_signal(number)
        assert process.wait(60) == -number
        wait_until(lambda: not far.files() and not lends(far))
        if number == signal.SIGKILL:  # nobody could end the user's own command, which went on
            for pid in clients.values():
                os.kill(pid, signal.SIGTERM)
        wait_until(lambda: not any(Path(f"/proc/{pid}").exists() for pid in clients.values()))
        wait_until(lambda: is_clean(far))


@pytest.mark.parametrize("which", ["command", "connection"])
def test_it_ends_with_a_killed_ssh(far: FarSide, which: str) -> None:
    """The exit status is the one that a shell gives, or ssh's own where its connection is gone."""
    with far.lent("far", WAITING) as process:
        os.kill(find_clients(process)[which], signal.SIGKILL)
        assert process.wait(60) == (128 + signal.SIGKILL if which == "command" else 255)
    wait_until(lambda: is_clean(far))


def test_it_ends_with_a_cut_connection(far: FarSide) -> None:
    """The server's processes are killed, and cannot clean up either; what was started there does."""
    with far.lent("far", WAITING) as process:
        assert find_clients(process)
        for server in far.servers():
            os.kill(server, signal.SIGKILL)
        assert process.wait(60) == 255
    wait_until(lambda: is_clean(far))


def test_a_connection_that_hangs_does_not_keep_it(far: FarSide) -> None:
    """The server is stopped, as if a cable had been pulled: the time ends, and so does a lend whose ssh is killed."""
    with far.lent("far", WAITING, options=["--for", "5s"]) as process:
        clients, stopped = find_clients(process), far.servers()
        for pid in stopped:
            os.kill(pid, signal.SIGSTOP)
        wait_until(lambda: not lends(far))
        os.kill(clients["command"], signal.SIGTERM)
        process.wait(60)
        wait_until(lambda: not [*far.agents.folder.glob("token-*"), *far.agents.folder.glob("ssh-*")])
        for pid in stopped:
            os.kill(pid, signal.SIGCONT)
        wait_until(lambda: is_clean(far))


def test_ctrl_c_ends_the_command_and_then_the_lend(far: FarSide) -> None:
    """Without a terminal there, ssh gets it, as when it is run alone; before that, it ends `lend` with status 130."""
    with open_terminal(far.agents.sandbox, far.lend("far", "sleep 600")) as terminal:
        terminal.expect("lent to 'ssh far' until")
        terminal.collect_output(1)
        terminal.interrupt()
        assert terminal.wait_for_exit() in (130, 255)
    wait_until(lambda: is_clean(far))
    for pid in far.servers() or [far.server]:
        os.kill(pid, signal.SIGSTOP)
    with open_terminal(far.agents.sandbox, far.lend("far", "sleep 600")) as terminal:
        terminal.collect_output(3)
        terminal.interrupt()
        terminal.expect("error: interrupted")
        assert terminal.wait_for_exit() == 130


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_it_outlives_an_agent(far: FarSide, number: int) -> None:
    """The lender starts the next one, which serves the same address and knows since and until when it is lent."""
    with far.lent("far", ASKING, options=["--read-only"]) as process:
        assert ask(process) == f"{ROLE}\n"
        (before,), agent = lends(far), far.agents.pid()
        os.kill(agent, number)
        wait_until(lambda: far.agents.pids() not in ([], [agent]))
        assert ask(process) == f"{ROLE}\n"
        (after,) = lends(far)
        assert {**after, "requests": None, "asked_at": None} == {**before, "requests": None, "asked_at": None}
        assert after["scope"] == "ro"


def test_it_ends_with_an_agent_that_was_told_to_end(far: FarSide) -> None:
    """Without --force, the agent says to whom it gives credentials; with it, nobody starts another one."""
    with far.lent("far", ASKING) as process:
        refused = far.agents.run("agent", "stop")
        assert (refused.returncode, "reader to ssh far" in refused.stderr) == (2, True)
        assert far.agents.run("agent", "stop", "--force").returncode == 0
        wait_until(lambda: not far.agents.pids())
        time.sleep(5)  # longer than it takes the lender to notice
        assert (far.agents.pids(), lends(far)) == ([], [])
        assert ROLE not in ask(process)
        assert "is no longer lent to 'ssh far', since " in process.communicate("", timeout=60)[1]


def test_what_a_dead_or_hanging_agent_has_lent_is_taken_back_too(far: FarSide) -> None:
    """A hanging one is killed, and the next one does not serve it."""
    with far.lent("far", ASKING) as process:
        agent = far.agents.pid()
        os.kill(agent, signal.SIGSTOP)
        done = far.agents.run("lend", "--stop")
        assert done.stdout == "'reader' is no longer lent to 'ssh far'.\n"
        assert f"the agent (process {agent}) does not answer, so it was killed" in done.stderr
        assert (ROLE in ask(process), lends(far)) == (False, [])


@pytest.mark.parametrize("hangs", [False, True])
def test_panic_ends_it(far: FarSide, *, hangs: bool) -> None:
    """Even if the agent hangs, the lender does not start another."""
    with far.lent("far", ASKING) as process:
        assert ask(process) == f"{ROLE}\n"
        if hangs:
            os.kill(far.agents.pid(), signal.SIGSTOP)
        assert far.agents.run("panic", "--yes").returncode in (0, 7)
        wait_until(lambda: not far.agents.pids())
        time.sleep(5)  # longer than it takes the lender to notice
        assert (far.agents.pids(), lends(far)) == ([], [])
        assert ROLE not in ask(process)


def test_a_failing_renewal_is_told_there(far: FarSide) -> None:
    """AWS refuses; the far side's programs show why."""
    with far.lent("far", ASKING) as process:
        assert ask(process) == f"{ROLE}\n"
        far.agents.run("clear")
        far.agents.sandbox.aws.world.role("reader", trusts=())
        assert "AwsRefused" in ask(process)
