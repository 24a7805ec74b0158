"""Ctrl-Z, SIGSTOP and `fg` at a prompt: the echo never stays off, and is never on while a secret is typed."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.commands.role_profiles import add_mfa_role
from tests.commands.terminal import PROMPT, open_shell, open_terminal
from tests.sandbox import PASSPHRASE, SHELLVAULT

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.commands.terminal import Terminal
    from tests.sandbox import Sandbox

QUESTION = "Passphrase of the sealed vault: "
UNLOCK = "sh -c 'echo pid $$; exec shellvault unlock'"
HALF = "half a pass"
SHELLS = ["bash", "zsh", "fish"]
STOPS: dict[str, Callable[[Terminal, int], None]] = {
    "Ctrl-Z": lambda terminal, _process: terminal.press("\x1a"),
    "SIGTSTP": lambda _terminal, process: os.kill(process, signal.SIGTSTP),
    "SIGSTOP": lambda _terminal, process: os.kill(process, signal.SIGSTOP),
}


@pytest.fixture
def locked(sandbox: Sandbox) -> Sandbox:
    """Return a sandbox whose vault is locked, so that its passphrase must be typed."""
    sandbox.add("base", sandbox.aws.world.user().access_key())
    assert sandbox.run("lock").returncode == 0
    sandbox.env["SHELLVAULT_PASSPHRASE_FILE"] = ""
    return sandbox


def wait_until_stopped(process: int) -> None:
    """Wait until the system reports the process as stopped."""
    while " T " not in Path(f"/proc/{process}/stat").read_text():
        time.sleep(0.01)


@pytest.mark.parametrize("stop", STOPS)
@pytest.mark.parametrize("shell", SHELLS)
def test_a_hidden_prompt_is_repeated_after_a_stop(locked: Sandbox, shell: str, stop: str) -> None:
    """Echo is off again, and what was typed before is gone. While stopped, the shell's terminal works normally."""
    with open_shell(locked, shell) as terminal:
        terminal.type(UNLOCK)
        process = int(terminal.expect(r"pid (\d+)\r").group(1))
        terminal.expect(QUESTION)
        if stop != "SIGSTOP":  # it cannot be caught, so anything typed by then stays in the terminal for the shell
            terminal.press(HALF)
        STOPS[stop](terminal, process)
        wait_until_stopped(process)
        terminal.expect(PROMPT)
        if stop != "SIGSTOP":  # without its line editor, zsh leaves echo off
            terminal.type("stty -a </dev/tty; echo done")
            terminal.expect(r"[^-]echo[ ;]")
            terminal.expect("done\r\n")
            terminal.expect(PROMPT)
        terminal.type("fg")
        terminal.expect(QUESTION)
        assert not terminal.is_echoing()
        terminal.type(PASSPHRASE)
        terminal.expect("The sealed vault is unlocked.")
        terminal.expect(PROMPT)
    assert PASSPHRASE not in terminal.output


@pytest.mark.parametrize("stop", ["Ctrl-Z", "SIGTSTP"])
def test_the_terminal_modes_are_right_while_stopped(locked: Sandbox, stop: str) -> None:
    """A shell without a line editor would repair nothing. What was typed before is gone."""
    with open_terminal(locked, ["dash", "-i"], PS1=PROMPT) as terminal:
        terminal.expect(PROMPT)
        terminal.type(UNLOCK)
        process = int(terminal.expect(r"pid (\d+)\r").group(1))
        terminal.expect(QUESTION)
        assert not terminal.is_echoing()
        terminal.press(HALF)
        STOPS[stop](terminal, process)
        wait_until_stopped(process)
        assert terminal.is_echoing()
        terminal.expect(PROMPT)
        terminal.type("echo shell-$((40 + 2))")
        terminal.expect("shell-42\r\n")
        os.kill(process, signal.SIGKILL)
    assert "half" not in terminal.output


def test_bg_stops_the_prompt_again(locked: Sandbox) -> None:
    """In the background it cannot turn off the shell's echo; `fg` shows the prompt."""
    with open_shell(locked) as terminal:
        terminal.type(UNLOCK)
        process = int(terminal.expect(r"pid (\d+)\r").group(1))
        terminal.expect(QUESTION)
        terminal.press("\x1a")
        terminal.expect(PROMPT)
        terminal.type("bg")
        terminal.expect(PROMPT)
        wait_until_stopped(process)
        terminal.type("echo here-$((40 + 2))")
        terminal.expect("here-42\r\n")
        terminal.type("fg")
        terminal.expect(QUESTION)
        assert not terminal.is_echoing()
        terminal.type(PASSPHRASE)
        terminal.expect("The sealed vault is unlocked.")


def test_a_stop_that_no_shell_notices_is_survived(locked: Sandbox) -> None:
    """After SIGSTOP and SIGCONT from elsewhere, the prompt is shown again, and half an answer is dropped."""
    with open_terminal(locked, [SHELLVAULT, "unlock"]) as terminal:
        terminal.expect(QUESTION)
        process = terminal.process
        terminal.press(HALF)
        os.kill(process, signal.SIGSTOP)
        wait_until_stopped(process)
        os.kill(process, signal.SIGCONT)
        terminal.expect(QUESTION)
        assert not terminal.is_echoing()
        terminal.type(PASSPHRASE)
        assert terminal.wait_for_exit() == 0


def test_a_visible_prompt_is_repeated_too(sandbox: Sandbox) -> None:
    """Such as the one for an MFA code."""
    device = add_mfa_role(sandbox)
    with open_shell(sandbox) as terminal:
        terminal.type("shellvault exec guarded -- echo in")
        terminal.expect("MFA code for base .*: ")
        terminal.press("12\x1a")
        terminal.expect(PROMPT)
        terminal.type("fg")
        terminal.expect("MFA code for base .*: ")
        terminal.type(device.next_code())
        terminal.expect("in\r\n")
