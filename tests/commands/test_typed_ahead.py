"""Anything typed or pasted beyond an answer is discarded: it reaches neither the shell nor its history."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from tests.commands.plaintext import DEV, write_credentials
from tests.commands.role_profiles import add_mfa_role
from tests.commands.terminal import PROMPT, open_shell, open_terminal
from tests.sandbox import PASSPHRASE, SHELLVAULT

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.sandbox import Sandbox

    Asked = tuple[str, str, str]
    """A command line, the question that it asks, and the answer."""

YES = r"\? \[y/N\] "


def remove(sandbox: Sandbox) -> Asked:
    """Delete a key pair."""
    sandbox.add("base", sandbox.aws.world.user().access_key())
    return "shellvault rm base", YES, "y"


def keep(sandbox: Sandbox) -> Asked:
    """Decide against deleting a key pair."""
    return *remove(sandbox)[:2], "no"


def replace(sandbox: Sandbox) -> Asked:
    """Decide against replacing a key pair."""
    sandbox.add("base", sandbox.aws.world.user().access_key())
    return "shellvault add base", YES, ""


def trust(sandbox: Sandbox) -> Asked:
    """Trust a config file."""
    config = sandbox.home / "config"
    config.write_text("[profile made]\ncredential_process = false\n")
    sandbox.env["AWS_CONFIG_FILE"] = str(config)
    return "shellvault exec made -- true", YES, "y"


def scrub(sandbox: Sandbox) -> Asked:
    """Import a key pair, and remove its plaintext."""
    sandbox.add("base", sandbox.aws.world.user().access_key())
    write_credentials(sandbox, f"[dev]\n{DEV.lines}")
    return "shellvault import --scrub", YES, "y"


def rotate(sandbox: Sandbox) -> Asked:
    """Keep a key at AWS that an interrupted rotation may have created."""
    user = sandbox.aws.world.user("alice")
    sandbox.add("base", user.access_key())
    sandbox.aws.faults.next("truncate", action="CreateAccessKey")
    assert sandbox.run("rotate", "base").returncode == 8
    user.deny = {"GetAccessKeyLastUsed"}
    return "shellvault rotate base", YES, "no"


def code(sandbox: Sandbox) -> Asked:
    """Give an MFA code."""
    device = add_mfa_role(sandbox)
    return "shellvault exec guarded -- true", r"MFA code for base \(.*\): ", device.next_code()


def code_in_eval(sandbox: Sandbox) -> Asked:
    """Give an MFA code while the shell evaluates the command's output."""
    return "eval $(shellvault env guarded --shell fish)", *code(sandbox)[1:]


def login(sandbox: Sandbox) -> Asked:
    """Give an MFA code for the console."""
    return "shellvault login guarded --stdout >/dev/null", *code(sandbox)[1:]


def unlock(sandbox: Sandbox) -> Asked:
    """Type a passphrase, which is not echoed."""
    sandbox.add("base", sandbox.aws.world.user().access_key())
    assert sandbox.run("lock").returncode == 0
    sandbox.env["SHELLVAULT_PASSPHRASE_FILE"] = ""
    return "shellvault unlock", "Passphrase of the sealed vault: ", PASSPHRASE


QUESTIONS = (remove, keep, replace, trust, scrub, rotate, code, code_in_eval, login, unlock)


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
@pytest.mark.parametrize("ask", QUESTIONS, ids=[ask.__name__ for ask in QUESTIONS])
def test_lines_after_an_answer_are_neither_run_nor_remembered(
    sandbox: Sandbox, ask: Callable[[Sandbox], Asked], shell: str
) -> None:
    """For every prompt and shell: pasted text may happen to start with a valid answer."""
    line, question, answer = ask(sandbox)
    history = {"HISTFILE": str(sandbox.home / "history"), "SAVEHIST": "9"}
    with open_shell(sandbox, shell, **history) as terminal:
        terminal.type(line)
        terminal.expect(question)
        terminal.press(f"{answer}\ntouch typed-ahead\ntouch unfinished")
        terminal.expect(PROMPT)
        terminal.type("")
        terminal.expect(PROMPT)
        terminal.type("exit")
        terminal.wait_for_exit()
    assert not (sandbox.home / "typed-ahead").exists()
    assert not (sandbox.home / "unfinished").exists()
    for file in sandbox.files():
        assert b"touch" not in file.read_bytes(), file


def test_a_paste_that_arrives_in_pieces_is_discarded_completely(sandbox: Sandbox) -> None:
    """Over a slow connection, the second piece arrives after the answer has been read."""
    line, question, answer = keep(sandbox)
    with open_terminal(sandbox, ["sh", "-c", f"{line.replace('shellvault', SHELLVAULT)}; cat"]) as terminal:
        terminal.expect(question)
        for piece in (f"{answer}\n", "touch typed", "-ahead\n"):
            terminal.press(piece)
            time.sleep(0.05)
        terminal.expect("error: nothing was deleted")
        assert "touch" not in terminal.collect_output(0.5)


def test_piped_input_is_left_for_the_next_command(sandbox: Sandbox) -> None:
    """Nobody typed it, so the next command that reads stdin gets all of it."""
    line, question, answer = keep(sandbox)
    script = f"printf 'first\\nsecond\\n' | {{ {line.replace('shellvault', SHELLVAULT)}; cat; }}"
    with open_terminal(sandbox, ["sh", "-c", script]) as terminal:
        terminal.expect(question)
        terminal.type(answer)
        terminal.expect("first\r\nsecond\r\n")
