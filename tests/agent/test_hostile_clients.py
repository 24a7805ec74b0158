"""Whatever one client sends or fails to read, the agent goes on serving the others."""

from __future__ import annotations

import random
import subprocess
import time
from contextlib import suppress
from typing import TYPE_CHECKING

import pytest

from tests.agent.agent_sandbox import wait_until
from tests.sandbox import SHELLVAULT
from tests.storage.child_processes import NOBODY

if TYPE_CHECKING:
    from tests.agent.agent_sandbox import AgentSandbox

ENV = ("env", "reader", "--shell", "bash")
RUN = (b"/", b"1", b"00", b"0")
GARBAGE = (
    (b"memory",),
    (b"memory", b"a\0b", b"is_available"),
    (b"memory", b"/x", b"add", b"\xff", b"", b"", b"1", b"2", b""),
    (b"memory", b"/x", b"add", b"s", b"i", b"p", b"9" * 400, b"9" * 400, b""),
    (b"forget", b"\0", b"\xff"),
    (b"run",),
    (b"run", *RUN, b"1", b"env", b"no assignment"),
    (b"run", *RUN, b"-7", b"env"),
    (b"run", *RUN, b"9" * 5000, b"env"),
    (b"run", *RUN, b"0"),
    (b"run", b"/", b"\xb2", b"", b"", b"1", b"env"),
    (b"run", b"relative", b"1", b"00", b"0", b"2", b"env", b"reader"),
    (b"run", b"\0", b"1", b"00", b"0", b"2", b"env", b"reader", b"HOME=\0"),
    (b"something else",),
    (),
)
FOREIGNER = """
import socket, sys
connection = socket.socket(socket.AF_UNIX)
connection.connect(sys.argv[1])
connection.sendall(sys.stdin.buffer.read())
print(connection.recv(1000))
"""


@pytest.fixture
def warm(reader: AgentSandbox) -> AgentSandbox:
    """Return a sandbox with a cached session and an agent."""
    assert reader.run(*ENV).returncode == 0
    reader.start()
    return reader


def test_the_agent_survives_garbage(warm: AgentSandbox) -> None:
    """Some of it is well-formed requests with wrong content, the rest is random bytes."""
    pid, noise = warm.pid(), random.Random(7)  # noqa: S311 - not a secret
    for fields in GARBAGE:
        warm.send(*fields).close()
    for data in (b"", bytes(4), b"\0\0\0\1", b"GET / HTTP/1.1\r\n\r\n", b"\xff" * 9, *(noise.randbytes(99),) * 50):
        warm.send_raw(data).close()
    assert warm.run(*ENV).returncode == 0
    assert warm.pid() == pid


def test_an_agent_that_keeps_secrets_survives_garbage(agents: AgentSandbox) -> None:
    """Such an agent also answers requests for its memory, so there is more to break."""
    pid = agents.start_without_kernel_keyring()
    for fields in GARBAGE:
        agents.send(*fields).close()
    assert agents.run("agent").returncode == 0
    assert agents.pid() == pid


def test_300_unfinished_requests_do_not_delay_other_clients(warm: AgentSandbox) -> None:
    """A command runs as usual, and the agent soon hangs up on each of the 300."""
    pid = warm.pid()
    halves = [warm.send_raw(b"\0\0\1\0half") for _ in range(300)]
    started = time.monotonic()
    assert warm.run(*ENV).returncode == 0
    assert time.monotonic() - started < 2
    for half in halves:
        with suppress(ConnectionResetError):
            assert half.recv(1) == b""
        half.close()
    assert (warm.run(*ENV).returncode, warm.pid()) == (0, pid)


def test_a_command_with_a_request_of_a_mebibyte_runs_without_the_agent(warm: AgentSandbox) -> None:
    """The agent refuses the request, but a large environment must not make the command fail."""
    large = {f"LARGE_{number}": "x" * 100_000 for number in range(11)}
    assert warm.run(*ENV, **large).returncode == 0
    with suppress(ConnectionResetError):
        assert warm.send_raw((1 << 20).to_bytes(4) + bytes(1 << 20)).recv(1) == b""
    assert warm.run(*ENV).returncode == 0


def test_clients_that_do_not_read_their_answers_do_not_delay_others(agents: AgentSandbox) -> None:
    """The answers are megabytes long, so no buffer can hold them; the agent must not block while sending them."""
    agents.start_without_kernel_keyring()
    ends = str(int(time.time()) + 900).encode()
    for number in range(60):
        agents.send(b"memory", b"/x", b"add", b"s", b"%d" % number, b"p", ends, b"900", b"n" * 60_000).recv(9)
    deaf = [agents.send(b"memory", b"/x", b"entries", b"s") for _ in range(5)]
    started = time.monotonic()
    assert "keeps" in agents.run("agent").stdout
    assert time.monotonic() - started < 1.5
    for connection in deaf:
        connection.close()


def test_clients_killed_while_waiting_do_not_waste_the_agents_work(reader: AgentSandbox) -> None:
    """The agent finishes obtaining the session, and the next command uses it."""
    pid, faults = reader.start(), reader.sandbox.aws.faults
    with faults.hold():
        clients = [
            subprocess.Popen(
                [SHELLVAULT, *ENV],
                env=reader.sandbox.env,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
            for _ in range(10)
        ]
        wait_until(lambda: faults.waiting)
        for client in clients:
            client.kill()
            client.wait()
    assert (reader.run(*ENV).returncode, reader.pid()) == (0, pid)
    assert reader.sandbox.aws.world.count("AssumeRole") == 1


def test_another_user_is_not_answered(warm: AgentSandbox) -> None:
    """Not even if the permissions of the folders and the socket let that user connect."""
    for path in (warm.folder, *warm.folder.parents[:2]):
        path.chmod(0o755)
    warm.socket.chmod(0o777)
    as_nobody = ("setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups")
    argv = [*as_nobody, "/usr/bin/python3", "-I", "-c", FOREIGNER, str(warm.socket)]
    done = subprocess.run(argv, input=b"\0\0\0\0", capture_output=True, check=False, cwd="/")
    assert done.stdout in (b"b''\n", b"")
    assert done.stdout or any(error in done.stderr for error in (b"ConnectionResetError", b"BrokenPipeError")), done
    assert warm.run(*ENV).returncode == 0


@pytest.mark.parametrize("files", [24, 40])
def test_more_clients_than_open_files_are_all_served(reader: AgentSandbox, files: int) -> None:
    """An agent with a low limit on open files serves few clients at a time; the rest do their own work."""
    script = f"ulimit -n {files}; exec shellvault agent start"
    assert reader.sandbox.shell("bash", script).returncode == 0
    pid = reader.pid()
    reader.sandbox.aws.faults.latency = 0.5
    assert reader.run_many(*ENV, times=40) == []
    connections = [reader.send_raw(b"\0") for _ in range(60)]
    assert reader.run(*ENV).returncode == 0
    for connection in connections:
        connection.close()
    assert reader.pid() == pid


def test_an_agent_that_may_not_open_enough_files_does_not_start(reader: AgentSandbox) -> None:
    """Its commands would fail where the same commands without an agent succeed."""
    done = reader.sandbox.shell("bash", "ulimit -n 23; exec shellvault agent start")
    assert done.returncode == 5
    assert "ulimit -n is at least 24" in done.stderr
    assert (reader.run(*ENV).returncode, reader.pids()) == (0, [])
