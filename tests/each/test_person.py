"""`each` with somebody at the terminal: questions come first and once, and Ctrl-C ends everything."""

from __future__ import annotations

import os
import re
import signal
import time
from typing import TYPE_CHECKING

import pytest

from shellvault.system.process_life import is_running
from tests.commands.terminal import TERMINAL_TIMEOUT, open_terminal
from tests.each.conftest import add_role
from tests.sandbox import SHELLVAULT

if TYPE_CHECKING:
    from tests.commands.terminal import Terminal
    from tests.sandbox import Sandbox

PIDS = "echo pid $$ one; (echo pid $BASHPID two; exec sleep 1000) & wait"
STUBBORN = f"trap '' TERM; {PIDS}; wait"


def wait_until_gone(processes: list[int]) -> None:
    """Fail if one of these processes does not end."""
    end = time.monotonic() + TERMINAL_TIMEOUT
    while any(map(is_running, processes)):
        assert time.monotonic() < end, "a process is left"
        time.sleep(0.02)


def read_processes(terminal: Terminal, count: int) -> list[int]:
    """Return the processes that the runs say they are."""
    return [int(terminal.expect(r"pid (\d+) \w+\r").group(1)) for _ in range(count)]


def test_one_code_serves_all_profiles(sandbox: Sandbox) -> None:
    """Roles over one key pair with MFA: one question before the first run; none for `--fresh`, as in `exec`."""
    device = sandbox.aws.world.user("alice").mfa_device()
    sandbox.add("base", sandbox.aws.world.user("alice").access_key(), "--no-config")
    for number in range(12):
        add_role(sandbox, f"dev-{number}", f"{300000000000 + number}")
        sandbox.configure(f"mfa_serial = {device.serial}\n")
    refused = sandbox.run("each", "dev-*", "--no-input", "--", "echo", "ran")
    assert (refused.returncode, refused.stdout) == (6, "")
    assert refused.stderr.count("needs an MFA code") == 12
    hints = re.findall(r"(dev-\d+) +\| hint: in a terminal: shellvault use (dev-\d+);", refused.stderr)
    assert len([name for name, named in hints if name == named]) == 12
    each = [SHELLVAULT, "each", "dev-*", "--", "sh", "-c", "(: </dev/tty) || echo ran"]  # no terminal for them
    with open_terminal(sandbox, each) as terminal:
        terminal.expect("MFA code for base")
        terminal.type(device.next_code())
        assert terminal.wait_for_exit() == 0
    assert len(re.findall(r"dev-\d+ +\| ran\r", terminal.output)) == 12
    assert "shellvault: 12 runs, none failed\r\n" in terminal.output
    world = sandbox.aws.world
    assert (terminal.output.count("MFA code"), world.count("GetSessionToken"), world.count("AssumeRole")) == (1, 1, 12)
    again = sandbox.run("each", "dev-*", "--fresh", "--no-input", "--regions", "r-1,r-2", "--", "true")
    assert (again.returncode, world.count("GetSessionToken"), world.count("AssumeRole")) == (0, 1, 24), again.stderr


def test_a_passphrase_is_asked_for_once(sandbox: Sandbox) -> None:
    """After the third wrong one, every run that needs the vault fails with that error, and nobody is asked again."""
    sandbox.add("base", sandbox.aws.world.user("alice").access_key(), "--no-config")
    for number in range(3):
        add_role(sandbox, f"dev-{number}", f"{300000000000 + number}")
    sandbox.run("lock")
    each = [SHELLVAULT, "each", "dev-*", "--", "echo", "ran"]
    with open_terminal(sandbox, each, SHELLVAULT_PASSPHRASE_FILE="") as terminal:
        for _ in range(3):
            terminal.expect("Passphrase of the sealed vault: ")
            terminal.type("wrong")
        assert terminal.wait_for_exit() == 6
    assert terminal.output.count("| error: the passphrase is wrong\r\n") == 3
    with open_terminal(sandbox, each, SHELLVAULT_PASSPHRASE_FILE="") as terminal:
        terminal.expect("Passphrase of the sealed vault: ")
        terminal.type("correct horse battery")
        assert terminal.wait_for_exit() == 0
    assert (terminal.output.count("Passphrase"), terminal.output.count("| ran\r\n")) == (1, 3)


def test_dangerous_profiles_are_named_and_confirmed(many: Sandbox) -> None:
    """Once; a no runs nothing anywhere. Nobody to ask is an error with the line to type."""
    each = [SHELLVAULT, "each", "dev-[01]", "--", "echo", "it ran"]
    danger = {"SHELLVAULT_DANGER": "x? *-1"}
    for answer, status, runs in (("", 2, 0), ("y", 0, 2)):
        with open_terminal(many, each, **danger) as terminal:
            terminal.expect("shellvault: SHELLVAULT_DANGER marks 1 of 2 profiles: dev-1\r\n")
            terminal.expect(r"Run echo 'it ran' in all 2 profiles\? \[y/N\] ")
            terminal.type(answer)
            assert terminal.wait_for_exit() == status
        assert terminal.output.count("| it ran\r\n") == runs
    with open_terminal(many, each, **danger) as terminal:
        terminal.type("y")  # before the question is there to be read
        terminal.expect(r"\[y/N\] ")
        terminal.type("")
        assert terminal.wait_for_exit() == 2
    done = many.command(["setsid", "--wait", *each], **danger)
    assert (done.returncode, done.stdout) == (6, "")
    reason = "SHELLVAULT_DANGER marks 1 of 2 profiles ('dev-1'), so each asks first: there is no terminal to ask on"
    assert done.stderr.endswith(f"error: {reason}\nhint: shellvault each --yes 'dev-[01]' -- echo 'it ran'\n")
    every = many.run("each", "dev-*", "--no-input", "--", "true", SHELLVAULT_DANGER="dev-*")
    assert "'dev-3', 'dev-4' and 4 more), so each asks first: prompting is disabled" in every.stderr
    assert many.run("each", "prod-1", "--no-input", "--", "true").returncode == 6
    for words, allowed in ((("--yes",), danger), ((), {"SHELLVAULT_DANGER": ""})):
        assert many.run("each", *words, "--no-input", "dev-1", "--", "true", **allowed).returncode == 0


@pytest.mark.parametrize("script", [PIDS, STUBBORN], ids=["obedient", "stubborn"])
def test_ctrl_c_ends_all(many: Sandbox, script: str) -> None:
    """Programs and what they started; a second Ctrl-C does not wait for those that ignore SIGTERM."""
    each = [SHELLVAULT, "each", "dev-*", "--jobs", "4", "--", "bash", "-c", script]
    with open_terminal(many, each) as terminal:
        processes = read_processes(terminal, 8)
        terminal.interrupt()
        if script == STUBBORN:
            terminal.collect_output(0.5)
            terminal.interrupt()
        terminal.expect(r"error: interrupted: 4 of 9 runs had begun, and have ended\r\n")
        assert terminal.wait_for_exit() == 130
    assert not any(map(is_running, processes))


def test_ctrl_c_may_come_before_the_first_run(sandbox: Sandbox) -> None:
    """Here while a profile's program is still at work."""
    sandbox.configure(f"[profile slow]\ncredential_process = sh -c ': >{sandbox.home}/asked; exec sleep 1000'\n")
    with open_terminal(sandbox, [SHELLVAULT, "each", "slow", "--regions", "r-1,r-2", "--", "true"]) as terminal:
        end = time.monotonic() + TERMINAL_TIMEOUT
        while not (sandbox.home / "asked").exists():
            assert time.monotonic() < end, "the program was not run"
            time.sleep(0.02)
        terminal.interrupt()
        terminal.expect(r"error: interrupted before any run had begun\r\n")
        assert terminal.wait_for_exit() == 130


@pytest.mark.parametrize(("number", "status"), [(signal.SIGTERM, 143), (signal.SIGKILL, -9)])
def test_a_signal_to_each_ends_all(many: Sandbox, number: signal.Signals, status: int) -> None:
    """Nothing outlives it, whatever ends it."""
    with open_terminal(many, [SHELLVAULT, "each", "dev-*", "--jobs", "2", "--", "bash", "-c", PIDS]) as terminal:
        processes = read_processes(terminal, 4)
        os.kill(terminal.process, number)
        assert terminal.wait_for_exit() == status
    wait_until_gone(processes)


def test_progress_is_not_mixed_with_the_output(many: Sandbox) -> None:
    """It is erased before each line, and at the end."""
    script = "until [ -e go ]; do sleep 0.02; done; echo from $AWS_VAULT"
    with open_terminal(many, [SHELLVAULT, "each", "dev-[01]", "--", "sh", "-c", script]) as terminal:
        line = terminal.expect(r"\r? *\r?(0 of 2 done, 2 running)\r").group(1)
        (many.home / "go").touch()
        assert terminal.wait_for_exit() == 0
    (many.home / "go").unlink()
    assert f"{line}\r{' ' * len(line)}\rdev-" in terminal.output
    shown = [text.rpartition("\r")[2] for text in terminal.output.replace("\r\n", "\n").split("\n")[:-1]]
    assert sorted(shown) == ["dev-0 | from dev-0", "dev-1 | from dev-1", "shellvault: 2 runs, none failed"]
