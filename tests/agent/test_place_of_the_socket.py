"""What may already be at the path of an agent's socket, and which agent a command finds."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import sysconfig
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import shellvault
from shellvault import find_socket
from tests.agent.agent_sandbox import wait_until
from tests.storage.child_processes import NOBODY

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.agent.agent_sandbox import AgentSandbox

ENV = ("env", "reader", "--shell", "bash")
LISTENER = """
import socket, sys
listener = socket.socket(socket.AF_UNIX)
listener.bind(sys.argv[1])
listener.listen(9)
print("listens", flush=True)
while True:
    connection, _ = listener.accept()
    print(connection.recv(100), flush=True)
"""
"""Listens on a socket, and prints whatever it receives."""


@pytest.fixture
def foreigner(reader: AgentSandbox) -> Iterator[subprocess.Popen[bytes]]:
    """Return another user's program that listens at the path of the agent's socket."""
    reader.folder.mkdir(0o700)
    for path in (reader.folder, *reader.folder.parents[:2]):
        path.chmod(0o777)
    as_nobody = ("setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups")
    argv = [*as_nobody, "/usr/bin/python3", "-I", "-c", LISTENER, str(reader.socket)]
    with subprocess.Popen(argv, stdout=subprocess.PIPE, cwd="/") as process:
        assert process.stdout
        assert process.stdout.readline() == b"listens\n"
        yield process
        process.kill()


def test_a_stale_socket_is_replaced(reader: AgentSandbox) -> None:
    """A killed agent leaves one behind."""
    os.kill(reader.start(), signal.SIGKILL)
    wait_until(lambda: not reader.pids())
    assert reader.socket.exists()
    assert reader.run(*ENV).returncode == 0
    reader.start()
    assert reader.run(*ENV).returncode == 0


def test_nothing_is_sent_to_another_users_socket(reader: AgentSandbox, foreigner: subprocess.Popen[bytes]) -> None:
    """The command does its own work. Once the folder is ours alone, a new agent replaces that socket."""
    assert reader.run(*ENV).returncode == 0
    assert reader.run("agent").stdout == "No agent is running.\n"
    reader.folder.chmod(0o700)
    assert reader.run("agent", "start").returncode == 0
    assert "keeps" in reader.run("agent").stdout
    foreigner.kill()
    assert foreigner.stdout
    assert foreigner.stdout.read().replace(b"b''\n", b"") == b""


@pytest.mark.parametrize("place", ["link", "writable", "foreign", "file"])
def test_no_agent_starts_in_a_folder_that_is_not_ours_alone(reader: AgentSandbox, tmp_path: Path, place: str) -> None:
    """`agent start` says why, and commands work without an agent."""
    if place == "link":
        (tmp_path / "elsewhere").mkdir(0o700)
        reader.folder.symlink_to(tmp_path / "elsewhere")
    elif place == "file":
        reader.folder.touch()
    else:
        reader.folder.mkdir()
        reader.folder.chmod(0o777 if place == "writable" else 0o700)
        os.chown(reader.folder, *(NOBODY, NOBODY) if place == "foreign" else (-1, -1))
    done = reader.run("agent", "start")
    assert (done.returncode, "only you have access to the folder of" in done.stderr) == (5, True)
    assert reader.run(*ENV, SHELLVAULT_AGENT="on").returncode == 0
    wait_until(lambda: not reader.pids())


def test_an_agent_whose_folder_was_removed_leaves_the_next_one_alone(reader: AgentSandbox) -> None:
    """When it exits, it removes neither the socket nor the lock of its successor."""
    first = reader.start()
    shutil.rmtree(reader.folder)
    assert reader.run(*ENV).returncode == 0
    assert reader.run("agent", "start").returncode == 0
    os.kill(first, signal.SIGTERM)
    wait_until(lambda: first not in reader.pids())
    assert f"process {reader.pid()}" in reader.run("agent").stdout
    assert len(list(reader.folder.iterdir())) == 2


def test_an_agent_whose_folder_was_removed_exits(reader: AgentSandbox) -> None:
    """No client could find it any more."""
    reader.start_hasty(longest_sleep=0.1)
    shutil.rmtree(reader.folder.parent)
    wait_until(lambda: not reader.pids())
    assert reader.run(*ENV).returncode == 0


def test_a_vault_has_one_agent_however_its_home_is_spelled(reader: AgentSandbox, tmp_path: Path) -> None:
    """Otherwise `lock` might reach another agent than `unlock` did."""
    link, vault = tmp_path / "link", reader.sandbox.vault
    link.symlink_to(vault)
    for home in (f"{vault}", f"{vault}/", f"{vault.parent}//x/../shellvault", f"{link}"):
        assert find_socket(reader.sandbox.env | {"SHELLVAULT_HOME": home}) == str(reader.socket)
    assert find_socket(reader.sandbox.env | {"XDG_DATA_HOME": str(vault.parent)}) == str(reader.socket)
    assert find_socket(reader.sandbox.env | {"SHELLVAULT_HOME": f"{vault}2"}) != str(reader.socket)


@pytest.mark.parametrize("line", ["lock", "clear", "remove base --force"])
def test_commands_that_forget_secrets_end_agents_of_other_versions(reader: AgentSandbox, line: str) -> None:
    """An agent from before an upgrade may hold this vault's secrets. Agents of other vaults go on running."""
    reader.start()
    others = [reader.start_version("0.0.9"), reader.start_version("99.0"), reader.start_version("99.0", "/other/home")]
    assert reader.run(*ENV).returncode == 0
    assert [other.poll() for other in others] == [None] * 3
    assert reader.run(*line.split()).returncode == 0
    for other in others[:2]:
        assert other.wait(20) == 0
    assert others[2].poll() is None
    others[2].kill()
    others[2].wait()


def test_a_client_of_another_version_is_turned_away(reader: AgentSandbox) -> None:
    """The protocol may have changed, so the client has to do its own work."""
    reader.start()
    body = reader.send_as_version("99.0", b"status").recv(9)
    assert body[:1] == b"-"


def test_a_user_installation_has_an_agent_too(reader: AgentSandbox) -> None:
    """`pip install --user` installs into a folder that an isolated interpreter ignores."""
    python = Path(sys.base_prefix, "bin", "python3")
    home, version = reader.sandbox.home, f"python{sys.version_info.major}.{sys.version_info.minor}"
    site = home / ".local" / "lib" / version / "site-packages"
    site.mkdir(parents=True)
    (site / "shellvault").symlink_to(Path(shellvault.__file__).parent)
    (site / "others.pth").write_text(sysconfig.get_path("purelib"))
    for words in (["agent", "start"], ["env", "reader", "--shell", "bash"]):
        done = reader.sandbox.command([str(python), "-P", "-m", "shellvault", *words])
        assert done.returncode == 0, done.stderr
    assert "renews     reader" in reader.run("agent").stdout
