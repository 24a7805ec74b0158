"""Ctrl-C, TERM and HUP at a question: the shell and its terminal are as they were."""

from __future__ import annotations

import os
import select
import signal
from typing import TYPE_CHECKING

import pytest

from tests.commands.people import with_mfa
from tests.commands.speech import SHELLS, into
from tests.commands.terminal import PATIENCE, PROMPT, at_terminal, in_shell
from tests.sandbox import exported

if TYPE_CHECKING:
    from tests.sandbox import Sandbox

PASSPHRASE_QUESTION = "Passphrase of the sealed vault: "
SHOWS_PID = "sh -c 'echo pid $$; exec shellvault env guarded --shell bash >out 2>err'"
"""A command in which the process to signal is known."""

EXPECTED = {signal.SIGTERM: 143, signal.SIGHUP: 129, signal.SIGINT: 130}


@pytest.mark.parametrize("shell", SHELLS)
def test_ctrl_c_at_the_code_leaves_the_shell_as_it_was(sandbox: Sandbox, shell: str) -> None:
    """`eval` fails, nothing was set, and the terminal echoes."""
    with_mfa(sandbox)
    with in_shell(sandbox, shell) as terminal:
        terminal.type("env -0 >before")
        terminal.sees(PROMPT)
        terminal.type(into(shell, "guarded"))
        terminal.sees("MFA code for base")
        terminal.interrupt()
        terminal.sees("error: interrupted\r\n")
        terminal.sees(PROMPT)
        terminal.type(f"echo status {'$status' if shell == 'fish' else '$?'}; env -0 >after")
        assert terminal.sees(r"status (\d+)\r").group(1) != "0"
        terminal.type("stty -a")
        terminal.sees(r"[^-]echo ")
    before, after = (exported((sandbox.home / name).read_text()) for name in ("before", "after"))
    assert {**after, "_AST_FEATURES": ""} == {**before, "_AST_FEATURES": ""}  # ksh's own
    assert sandbox.aws.world.calls == []


@pytest.mark.parametrize("number", EXPECTED)
def test_a_signal_at_a_hidden_question_brings_the_echo_back(sandbox: Sandbox, number: signal.Signals) -> None:
    """Else the person types blindly from then on; and `eval` finds its `false`."""
    with_mfa(sandbox)
    sandbox.run("lock")
    with in_shell(sandbox, SHELLVAULT_PASSPHRASE_FILE="") as terminal:
        terminal.type(f"{SHOWS_PID}; echo status $?")
        process = int(terminal.sees(r"pid (\d+)\r").group(1))
        terminal.sees(PASSPHRASE_QUESTION)
        assert not terminal.echoes()
        os.kill(process, number)
        terminal.sees(f"status {EXPECTED[number]}\r")
        terminal.sees(PROMPT)
        terminal.type("stty -a")
        terminal.sees(r"[^-]echo ")
    assert (sandbox.home / "out").read_text() == "false\n"


def test_a_terminal_that_goes_away_at_a_hidden_question_is_no_bug(sandbox: Sandbox) -> None:
    """The window was closed: there is nothing to restore, and nobody to tell."""
    with_mfa(sandbox)
    sandbox.run("lock")
    command = ["sh", "-c", f"{SHOWS_PID}; echo $? >status"]
    with at_terminal(sandbox, command, SHELLVAULT_PASSPHRASE_FILE="") as terminal:
        process = int(terminal.sees(r"pid (\d+)\r").group(1))
        terminal.sees(PASSPHRASE_QUESTION)
        pidfd = os.pidfd_open(process)
    try:
        assert select.select([pidfd], [], [], PATIENCE)[0], "it outlived its terminal"
    finally:
        os.close(pidfd)
    assert (sandbox.home / "out").read_text() == "false\n"
    assert "bug" not in (sandbox.home / "err").read_text()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT])
def test_a_signal_at_the_secret_of_add_brings_the_echo_back(sandbox: Sandbox, number: signal.Signals) -> None:
    """In a script, too, where no interactive shell mends the terminal; and the signal does what it always does."""
    script = "sh -c 'echo pid $$; exec shellvault add base'; echo status $?; stty -a"
    with at_terminal(sandbox, ["sh", "-c", script]) as terminal:
        process = int(terminal.sees(r"pid (\d+)\r").group(1))
        terminal.sees("Access key ID for base: ")
        terminal.type("AKIAIOSFODNN7EXAMPLE")
        terminal.sees("not shown")
        os.kill(process, number)
        terminal.sees(f"status {128 + number}\r")
        terminal.sees(r"[^-]echo ")
    assert not any(path.name == "vault.sealed" for path in sandbox.files())
