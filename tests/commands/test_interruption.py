"""Ctrl-C, TERM and HUP at a prompt: shell and terminal are left as they were."""

from __future__ import annotations

import os
import select
import signal
from typing import TYPE_CHECKING

import pytest

from tests.commands.role_profiles import add_mfa_role
from tests.commands.shell_syntax import SHELLS, write_eval
from tests.commands.terminal import PROMPT, TERMINAL_TIMEOUT, open_shell, open_terminal
from tests.sandbox import parse_environment

if TYPE_CHECKING:
    from tests.sandbox import Sandbox

PASSPHRASE_PROMPT = "Passphrase of the sealed vault: "
PRINT_PID = "sh -c 'echo pid $$; exec shellvault env guarded --shell bash >out 2>err'"
"""A command that prints its process ID, so that a test can signal it."""

EXPECTED = {signal.SIGTERM: 143, signal.SIGHUP: 129, signal.SIGINT: 130, signal.SIGQUIT: 131}


@pytest.mark.parametrize("shell", SHELLS)
def test_ctrl_c_at_the_mfa_prompt_leaves_the_shell_unchanged(sandbox: Sandbox, shell: str) -> None:
    """`eval` fails, no variable is set, and the terminal echoes."""
    add_mfa_role(sandbox)
    with open_shell(sandbox, shell) as terminal:
        terminal.type("env -0 >before")
        terminal.expect(PROMPT)
        terminal.type(write_eval(shell, "guarded"))
        terminal.expect("MFA code for base")
        terminal.interrupt()
        terminal.expect("error: interrupted\r\n")
        terminal.expect(PROMPT)
        terminal.type(f"echo status {'$status' if shell == 'fish' else '$?'}; env -0 >after")
        assert terminal.expect(r"status (\d+)\r").group(1) != "0"
        terminal.type("stty -a")
        terminal.expect(r"[^-]echo ")
    before, after = (parse_environment((sandbox.home / name).read_text()) for name in ("before", "after"))
    assert {**after, "_AST_FEATURES": ""} == {**before, "_AST_FEATURES": ""}  # _AST_FEATURES is set by ksh
    assert sandbox.aws.world.calls == []


@pytest.mark.parametrize("number", EXPECTED)
def test_signal_at_a_hidden_prompt_restores_the_echo(sandbox: Sandbox, number: signal.Signals) -> None:
    """Otherwise the user would go on typing blindly; `eval` gets its `false`."""
    add_mfa_role(sandbox)
    sandbox.run("lock")
    with open_shell(sandbox, SHELLVAULT_PASSPHRASE_FILE="") as terminal:
        terminal.type(f"{PRINT_PID}; echo status $?")
        process = int(terminal.expect(r"pid (\d+)\r").group(1))
        terminal.expect(PASSPHRASE_PROMPT)
        assert not terminal.is_echoing()
        os.kill(process, number)
        terminal.expect(f"status {EXPECTED[number]}\r")
        terminal.expect(PROMPT)
        terminal.type("stty -a")
        terminal.expect(r"[^-]echo ")
    assert (sandbox.home / "out").read_text() == "false\n"


def test_terminal_closed_at_a_hidden_prompt_is_not_a_crash(sandbox: Sandbox) -> None:
    """The window is gone: nothing can be restored and no one can be told."""
    add_mfa_role(sandbox)
    sandbox.run("lock")
    command = ["sh", "-c", f"{PRINT_PID}; echo $? >status"]
    with open_terminal(sandbox, command, SHELLVAULT_PASSPHRASE_FILE="") as terminal:
        process = int(terminal.expect(r"pid (\d+)\r").group(1))
        terminal.expect(PASSPHRASE_PROMPT)
        pidfd = os.pidfd_open(process)
    try:
        assert select.select([pidfd], [], [], TERMINAL_TIMEOUT)[0], "process outlived its terminal"
    finally:
        os.close(pidfd)
    assert (sandbox.home / "out").read_text() == "false\n"
    assert "bug" not in (sandbox.home / "err").read_text()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT])
def test_signal_at_the_secret_prompt_restores_the_echo(sandbox: Sandbox, number: signal.Signals) -> None:
    """Also in a script, where no interactive shell repairs the terminal; the signal still has its usual effect."""
    script = "sh -c 'echo pid $$; exec shellvault add base'; echo status $?; stty -a"
    with open_terminal(sandbox, ["sh", "-c", script]) as terminal:
        process = int(terminal.expect(r"pid (\d+)\r").group(1))
        terminal.expect("Access key ID for base ")
        terminal.type("AKIAIOSFODNN7EXAMPLE")
        terminal.expect("not shown")
        os.kill(process, number)
        terminal.expect(f"status {128 + number}\r")
        terminal.expect(r"[^-]echo ")
    assert not any(path.name == "vault.sealed" for path in sandbox.files())
