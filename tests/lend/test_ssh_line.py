"""Command lines of ssh are read as ssh itself reads them."""

from __future__ import annotations

import subprocess

import pytest

from shellvault.core.ssh_line import check_settings, read_settings, read_ssh_line
from tests.shells.real_shells import find_program

LINES = (
    ("ssh", "host"),
    ("ssh", "me@host", "-p", "2222"),
    ("ssh", "-p2222", "-l", "me", "host"),
    ("ssh", "-4Cqp", "2222", "host", "-lme"),
    ("ssh", "-tt", "host"),
    ("ssh", "-T", "host", "ls", "-l", "-p", "1"),
    ("ssh", "-t", "host", "ls", "-p1"),
    ("ssh", "-J", "a,b", "-i", "/key", "-i/other", "host"),
    ("ssh", "-o", "Port 23", "-oUser=you", "host", "-o", "Port=24", "--", "-v"),
    ("ssh", "-vvv", "--", "host"),
    ("ssh", "-n", "-x", "-A", "-L", "1:b:2", "-R", "3:c:4", "-D5", "-e", "none", "-E", "/dev/null", "host"),
    ("ssh", "-F", "/dev/null", "ssh://me@host:2222", "true"),
    ("ssh", "-F/dev/null", "-ca,b", "-m", "c", "-b", "127.0.0.1", "-I", "none", "-w", "any", "host"),
)


def settings_of(argv: list[str]) -> str:
    """Return what ssh makes of a command line."""
    done = subprocess.run([find_program("ssh"), *argv[1:]], capture_output=True, text=True, check=False, timeout=60)
    return done.stdout + done.stderr


@pytest.mark.parametrize("argv", LINES)
def test_ssh_understands_what_it_is_asked_as_it_would_the_original(argv: tuple[str, ...]) -> None:
    """Every setting is the same."""
    assert settings_of(read_ssh_line(argv).ask_settings()) == settings_of(["ssh", "-G", *argv[1:]])


@pytest.mark.parametrize(
    ("argv", "host", "command", "label"),
    [
        (LINES[0], "host", "", "ssh host"),
        (LINES[1], "me@host", "", "ssh me@host"),
        (LINES[5], "host", "ls -l -p 1", "ssh host"),
        (LINES[8], "host", "-v", "ssh host"),
        (LINES[9], "host", "", "ssh host"),
        (LINES[11], "ssh://me@host:2222", "true", "ssh me@host:2222"),
        (("/usr/bin/ssh", "--", "host", "-v"), "host", "-v", "ssh host"),
        (("ssh", "host", "a  b", "", "c"), "host", "a  b  c", "ssh host"),
    ],
)
def test_host_and_command_are_what_ssh_takes_for_them(
    argv: tuple[str, ...], host: str, command: str, label: str
) -> None:
    """The words of a command are joined by one space each, and quoted by nobody."""
    line = read_ssh_line(argv)
    assert (line.host, line.command, line.label) == (host, command, label)


def test_our_own_options_come_first_because_ssh_takes_the_first_value() -> None:
    """A control path with a percent sign is written so that ssh does not replace anything in it."""
    line = read_ssh_line(("ssh", "-ntvo", "ControlPath=x", "host", "top"))
    opened = line.open("/run/%h", "script", {"stdinnull": "yes"})
    assert opened[:5] == ["ssh", "-M", "-S", "/run/%%h", "-o"]
    assert opened[-6:] == ["-v", "-o", "ControlPath=x", "-T", "host", "script"]
    assert not {"-n", "-t"} & {*opened}
    run = line.run("/run/%h", "script", {})
    assert run[:3] == ["ssh", "-S", "/run/%%h"]
    assert run[-7:] == ["-n", "-t", "-v", "-o", "ControlPath=x", "host", "script"]


@pytest.mark.parametrize(("words", "asks"), [((), True), (("top",), False)])
def test_a_login_shell_gets_a_terminal_unless_the_settings_decide(words: tuple[str, ...], *, asks: bool) -> None:
    """The command line that runs our script has a command, for which ssh would open none."""
    line = read_ssh_line(("ssh", "host", *words))
    assert ("RequestTTY=yes" in line.run("/c", "script", {"requesttty": "auto"})) == asks
    assert "RequestTTY=yes" not in line.run("/c", "script", {"requesttty": "false"})


def test_settings_are_read_as_ssh_prints_them() -> None:
    """The default of each is accepted, and so is a version of ssh that does not know it."""
    printed = "user me\nidentityfile ~/a\nidentityfile ~/b\nremotecommand none\nsessiontype default\n"
    found = read_settings(printed)
    assert found == {"user": "me", "identityfile": "~/a", "remotecommand": "none", "sessiontype": "default"}
    check_settings(found, "host")
    check_settings({}, "host")
