"""What cannot be lent, or not there, is refused in words before anything is asked or done; nothing is left."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.agent.agent_sandbox import wait_until
from tests.commands.role_profiles import add_mfa_role
from tests.lend.test_how_it_ends import is_clean
from tests.lend.test_over_ssh import IDENTITY

if TYPE_CHECKING:
    from tests.agent.agent_sandbox import AgentSandbox
    from tests.lend.far_side import FarSide

CASES = (
    (("dev",), 2, "lend 'dev' to what?", "shellvault lend dev -- ssh HOST"),
    (("stop",), 2, "lend 'stop' to what?", "shellvault lend --stop"),
    (("--json", "reader", "--", "true"), 2, "--json lends nothing", "leave it out"),
    (("--stop", "reader", "--", "true"), 2, "--stop lends nothing", "leave it out"),
    (("--for", "soon", "reader", "--", "true"), 2, "--for: 'soon' is not a duration", "use 12h"),
    (("--for", "0", "reader", "--", "true"), 2, "--for: '0' is not a duration", "use 12h"),
    (("nothing", "--", "true"), 3, "'nothing'", ""),
    (("base", "--no-session", "--", "true"), 2, "a key pair itself is not handed out", "leave out --no-session"),
    (("reader", "--", "no-such-program"), 127, "there is no program 'no-such-program'", "check the command"),
    (("reader", "--", "/nowhere/ssh", "far"), 127, "there is no program '/nowhere/ssh'", "check the command"),
    (("--", "true"), 2, "no profile given", "shellvault lend PROFILE -- ssh HOST"),
    (("reader", "--policy-arn", "", "--", "true"), 2, "--policy-arn is empty", "give it a value"),
)
SSH_CASES = (
    (("ssh",), "ssh: no host given", "shellvault lend PROFILE -- ssh HOST"),
    (("ssh", "-p", "22"), "ssh: no host given", "shellvault lend PROFILE -- ssh HOST"),
    (("ssh", "-N", "far"), "ssh -N: it runs nothing that credentials could be lent to", "leave out -N"),
    (("ssh", "-vfp22", "far"), "ssh -f: it goes into the background", "leave out -f"),
    (("ssh", "far", "-W", "host:1"), "ssh -W: it runs nothing", "leave out -W"),
    (("ssh", "-G", "far"), "ssh -G: it only prints its configuration", "leave out -G"),
    (("ssh", "-Q", "cipher", "far"), "ssh -Q: it only prints what it supports", "leave out -Q"),
    (("ssh", "-V", "far"), "ssh -V: it only prints its version", "leave out -V"),
    (("ssh", "-S/x", "far"), "ssh -S: lend opens a connection of its own", "leave out -S"),
    (("ssh", "-M", "far"), "ssh -M: lend opens a connection of its own", "leave out -M"),
    (("ssh", "-O", "exit", "far"), "ssh -O: lend opens a connection of its own", "leave out -O"),
    (("ssh", "-s", "far", "sftp"), "ssh -s: a subsystem gets no variables", "leave out -s"),
    (("ssh", "far", "--version"), "ssh has no long options", "man ssh"),
    (("ssh", "-o", "Nonsense=1", "far"), "ssh cannot use this command line", "try it without lend"),
    (("ssh", "-oSessionType=none", "far"), "have SessionType none", "ssh -o SessionType=default far"),
    (("ssh", "-oForkAfterAuthentication=yes", "far", "top"), "have ForkAfterAuthentication yes", "=no far"),
    (("ssh", "-oRemoteCommand=top", "far"), "have RemoteCommand top", "ssh -o RemoteCommand=none far"),
)


@pytest.mark.parametrize(("words", "status", "message", "hint"), CASES)
def test_a_command_line_that_lends_nothing(
    agents: AgentSandbox, words: tuple[str, ...], status: int, message: str, hint: str
) -> None:
    """The exit status says the kind of error, and the hint what to type."""
    done = agents.run("lend", *words)
    assert (done.returncode, done.stdout) == (status, ""), done.stderr
    assert message in done.stderr
    assert f"hint: {hint}" in done.stderr or not hint, done.stderr
    assert agents.pids() == []


@pytest.mark.parametrize(("words", "message", "hint"), SSH_CASES)
def test_a_command_line_of_ssh_that_cannot_be_lent_to(
    agents: AgentSandbox, words: tuple[str, ...], message: str, hint: str
) -> None:
    """No session is obtained for it."""
    done = agents.run("lend", "reader", "--", *words)
    assert (done.returncode, done.stdout, agents.sandbox.aws.world.calls) == (2, "", []), done.stderr
    assert message in done.stderr
    assert hint in done.stderr.partition("hint: ")[2]


def test_without_an_agent_nothing_is_lent(agents: AgentSandbox) -> None:
    """What is lent can be shown and ended all the same."""
    done = agents.run("lend", "reader", "--", "true", SHELLVAULT_AGENT="off")
    assert done.returncode == 2
    assert done.stderr.startswith("error: lend needs the agent, which SHELLVAULT_AGENT=off forbids\n")
    agents.start()
    assert agents.run("lend", SHELLVAULT_AGENT="off").stdout == "Nothing is lent.\n"


def test_a_code_is_needed_before_ssh_connects(far: FarSide) -> None:
    """Nobody can be asked, so the other machine hears nothing of it."""
    add_mfa_role(far.agents.sandbox, "region = eu-west-1")
    done = far.agents.run("lend", "guarded", "--no-input", "--", *far.ssh("far", "true"))
    assert (done.returncode, (far.folder / "known_hosts").exists()) == (6, False), done.stderr


@pytest.mark.parametrize("setting", ["AllowTcpForwarding no", "AllowTcpForwarding local", "PermitListen none"])
def test_a_server_that_forwards_no_port(far: FarSide, setting: str) -> None:
    """The error names the setting."""
    far.restart(setting)
    done = far.run("far", "echo REACHED")
    assert (done.returncode, done.stdout) == (2, "")
    assert "error: far does not let ssh forward a port to this machine\n" in done.stderr
    assert "hint: its sshd_config needs AllowTcpForwarding yes, or remote\n" in done.stderr
    wait_until(lambda: is_clean(far))


@pytest.mark.parametrize("command", ["echo nope", "exit 0", "exit 1", "cat"])
def test_a_key_for_which_a_command_is_forced(far: FarSide, command: str) -> None:
    """It runs in place of ours, whatever it does with its stdin."""
    far.allow_key(f'command="{command}"')
    done = far.run("far", "echo REACHED")
    assert (done.returncode, done.stdout) == (2, "")
    assert "error: far does not run the commands that lend needs there\n" in done.stderr
    wait_until(lambda: is_clean(far))


def test_a_host_that_does_not_let_us_in(far: FarSide) -> None:
    """The reason is ssh's own, and its exit status is passed on."""
    (far.folder / "authorized_keys").write_text("")
    done = far.run("far", "echo REACHED")
    assert (done.returncode, done.stdout) == (255, "")
    assert "Permission denied (publickey)" in done.stderr
    assert "error:" not in done.stderr
    far.stop()
    assert far.run("far", "echo REACHED").returncode == 255
    wait_until(lambda: is_clean(far))


def test_a_server_with_one_session_for_each_connection(far: FarSide) -> None:
    """By itself, ssh makes a second connection by itself, and the command there gets the credentials."""
    far.restart("MaxSessions 1")
    done = far.run("far", f"{IDENTITY}; exit 3")
    assert (done.returncode, "assumed-role/reader/" in done.stdout) == (3, True), done.stderr
    wait_until(lambda: is_clean(far))


def test_a_host_without_room_for_a_token(far: FarSide) -> None:
    """Neither a runtime folder, nor a temporary one, nor a home can be written."""
    mkdir = far.home / "mkdir"  # root may write anywhere
    mkdir.write_text("#!/bin/sh\nexit 1\n")
    mkdir.chmod(0o700)
    far.variables["PATH"] = f"{far.home}:{far.variables['PATH']}"
    far.restart()
    done = far.run("far", "echo REACHED")
    assert (done.returncode, done.stdout) == (2, "")
    assert "error: far has no folder for a token\n" in done.stderr
