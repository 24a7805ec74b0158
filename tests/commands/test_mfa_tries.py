"""Wrong MFA codes: three tries for a person, one for a program, and what no code can mend is said at once."""

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
    """Return six digits that are no code of the device at this time."""
    near = {device.code(time.time() + distance) for distance in (-60, -30, 0, 30, 60)}
    return next(code for code in ("000000", "111111", "222222", "333333", "444444", "555555") if code not in near)


@pytest.mark.parametrize("wrong", [1, 2])
def test_a_wrong_code_is_asked_for_again(sandbox: Sandbox, wrong: int) -> None:
    """AWS is asked about each code once."""
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
    """With status 6, and no fourth call."""
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


def test_what_was_typed_ahead_answers_no_second_question(sandbox: Sandbox) -> None:
    """Nor does it reach the shell once the tries are over."""
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
def test_a_wrong_code_that_nobody_typed_is_not_tried_again(sandbox: Sandbox, source: str) -> None:
    """It would be the same again."""
    device = add_mfa_role(sandbox, "mfa_process = cat code" if (is_program := source == "mfa_process") else "")
    (sandbox.home / "code").write_text(wrong_code(device))
    words = () if is_program else ("--mfa-token", wrong_code(device))
    done = sandbox.run("env", "guarded", "--shell", "bash", *words)
    assert (done.returncode, done.stdout) == (6, "false\n")
    assert done.stderr.count(REFUSED) == 1
    assert sandbox.aws.world.count("GetSessionToken") == 1


def test_a_wrong_serial_is_told_apart_from_a_wrong_code(sandbox: Sandbox) -> None:
    """Another code would not help: status 7, and what to correct."""
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
def test_a_security_key_is_refused_before_anybody_is_asked(sandbox: Sandbox, words: tuple[str, ...]) -> None:
    """It gives no codes; the hint says what does."""
    device = add_mfa_role(sandbox)
    sandbox.config.write_text(sandbox.config.read_text().replace(device.serial, KEY))
    with open_terminal(sandbox, [*COMMAND[:3], *words, *COMMAND[3:]]) as terminal:
        assert terminal.wait_for_exit() == 2
        assert f"error: {KEY} is a security key or passkey, which gives no codes" in terminal.output
        assert "hint: add an authenticator app to the user in the AWS console" in terminal.output
        assert "MFA code for" not in terminal.output
    assert sandbox.aws.world.calls == []
