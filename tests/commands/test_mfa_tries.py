"""Wrong MFA codes: three tries for a person, one for a program, and none if no code could help."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from tests.commands.role_profiles import add_mfa_role
from tests.commands.terminal import open_shell, open_terminal
from tests.sandbox import SHELLVAULT

if TYPE_CHECKING:
    from tests.aws.devices import MfaDevice
    from tests.sandbox import Sandbox

QUESTION = r"MFA code for base \(arn:aws:iam::111122223333:mfa/alice\): "
COMMAND = [SHELLVAULT, "exec", "guarded", "--", "echo", "in"]
KEY = "arn:aws:iam::111122223333:u2f/user/alice/yubikey-ABCDEF"
REFUSED = "AWS refused the MFA code for arn:aws:iam::111122223333:mfa/alice"


def wrong_code(device: MfaDevice) -> str:
    """Return six digits that are not a valid code of the device right now."""
    near = {device.code(time.time() + distance) for distance in (-60, -30, 0, 30, 60)}
    return next(code for code in ("000000", "111111", "222222", "333333", "444444", "555555") if code not in near)


@pytest.mark.parametrize("wrong", [1, 2])
def test_a_wrong_code_can_be_retried(sandbox: Sandbox, wrong: int) -> None:
    """Each code is sent to AWS once."""
    device = add_mfa_role(sandbox)
    with open_terminal(sandbox, COMMAND) as terminal:
        for _ in range(wrong):
            terminal.expect(QUESTION)
            terminal.type(wrong_code(device))
            terminal.expect(f"shellvault: {REFUSED}; try again")
        terminal.expect(QUESTION)
        terminal.type(device.next_code())
        assert terminal.wait_for_exit() == 0
        assert terminal.output.endswith("in\r\n")
    assert sandbox.aws.world.count("GetSessionToken") == wrong + 1


def test_three_wrong_codes_end_the_command(sandbox: Sandbox) -> None:
    """With status 6, and without a fourth call."""
    device = add_mfa_role(sandbox)
    with open_terminal(sandbox, COMMAND) as terminal:
        for _ in range(3):
            terminal.expect(QUESTION)
            terminal.type(wrong_code(device))
        terminal.expect(f"error: {REFUSED}\r\nhint: each code works once")
        assert terminal.wait_for_exit() == 6
    assert sandbox.aws.world.count("GetSessionToken") == 3


def test_malformed_code_prompts_again_without_calling_aws(sandbox: Sandbox) -> None:
    """Malformed and refused codes share the three tries."""
    device = add_mfa_role(sandbox)
    with open_terminal(sandbox, COMMAND) as terminal:
        for answer in ("", "12345"):
            terminal.expect(QUESTION)
            terminal.type(answer)
        terminal.expect(QUESTION)
        assert sandbox.aws.world.calls == []
        terminal.type(device.next_code())
        assert terminal.wait_for_exit() == 0


def test_typed_ahead_lines_do_not_answer_the_next_prompt(sandbox: Sandbox) -> None:
    """Nor do they reach the shell once the tries are used up."""
    add_mfa_role(sandbox)
    with open_shell(sandbox) as terminal:
        terminal.type("shellvault exec guarded -- true")
        for line in ("1", "22", "333"):
            terminal.expect(QUESTION)
            terminal.press(f"{line}\n424242\necho reached the shell\n")
        terminal.expect("error: invalid MFA code")
        terminal.collect_output(0.5)
    assert terminal.output.count("reached the shell") == 3, "only the echo of what was typed"
    assert "not found" not in terminal.output
    assert sandbox.aws.world.calls == []


@pytest.mark.parametrize("source", ["option", "mfa_process"])
def test_a_wrong_code_from_a_program_is_not_retried(sandbox: Sandbox, source: str) -> None:
    """It would only fail again."""
    device = add_mfa_role(sandbox, "mfa_process = cat code" if (is_program := source == "mfa_process") else "")
    (sandbox.home / "code").write_text(wrong_code(device))
    words = () if is_program else ("--mfa-token", wrong_code(device))
    done = sandbox.run("env", "guarded", "--shell", "bash", *words)
    assert (done.returncode, done.stdout) == (6, "false\n")
    assert done.stderr.count(REFUSED) == 1
    assert sandbox.aws.world.count("GetSessionToken") == 1


def test_a_wrong_serial_is_distinguished_from_a_wrong_code(sandbox: Sandbox) -> None:
    """Another code would not help, so it exits with status 7 and says what to correct."""
    device = add_mfa_role(sandbox)
    text = sandbox.config.read_text().replace(device.serial, "arn:aws:iam::111122223333:mfa/alicia")
    sandbox.config.write_text(text)
    with open_terminal(sandbox, COMMAND) as terminal:
        terminal.expect(r"MFA code for base \(arn:aws:iam::111122223333:mfa/alicia\): ")
        terminal.type(device.next_code())
        terminal.expect("error: the user whose key pair signed .* has no MFA device .*:mfa/alicia\r\n")
        terminal.expect("hint: correct mfa_serial")
        assert terminal.wait_for_exit() == 7
    assert sandbox.aws.world.count("GetSessionToken") == 1


@pytest.mark.parametrize("words", [(), ("--mfa-token", "123456")])
def test_a_security_key_is_refused_before_prompting(sandbox: Sandbox, words: tuple[str, ...]) -> None:
    """It has no codes to type; the hint says what to use instead."""
    device = add_mfa_role(sandbox)
    sandbox.config.write_text(sandbox.config.read_text().replace(device.serial, KEY))
    with open_terminal(sandbox, [*COMMAND[:3], *words, *COMMAND[3:]]) as terminal:
        assert terminal.wait_for_exit() == 2
        assert f"error: {KEY} is a security key or passkey, which gives no codes" in terminal.output
        assert "hint: add an authenticator app to the user in the AWS console" in terminal.output
        assert "MFA code for" not in terminal.output
    assert sandbox.aws.world.calls == []
