"""Where IAM wants MFA: one code, or one that was given already, for a whole rotation."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.commands.terminal import open_terminal
from tests.sandbox import SHELLVAULT

if TYPE_CHECKING:
    from tests.aws.devices import MfaDevice
    from tests.rotation.owner import Owner


def with_mfa(owner: Owner) -> MfaDevice:
    """Give the user a device without which IAM answers nothing, and write it into the profile."""
    device = owner.user.mfa_device()
    owner.user.require_mfa_for_iam = True
    owner.sandbox.config.write_text(f"[profile dev]\nmfa_serial = {device.serial}\n")
    return device


def test_one_code_does_for_the_whole_rotation(owner: Owner) -> None:
    """IAM asks for MFA; one session signs everything, and is forgotten with the key that it came from."""
    device = with_mfa(owner)
    done = owner.rotate("--mfa-token", device.next_code())
    assert done.returncode == 0, done.stderr
    assert [call.action for call in owner.sandbox.aws.world.calls] == [
        "GetSessionToken",
        "ListAccessKeys",
        "CreateAccessKey",
        "GetCallerIdentity",
        "DeleteAccessKey",
    ]
    assert owner.sandbox.run("list", "--sessions").stdout == ""
    assert owner.has_rotated()


def test_the_session_that_env_made_serves_as_well(owner: Owner) -> None:
    """Without another code, however long it was asked for."""
    device = with_mfa(owner)
    owner.sandbox.configure("duration_seconds = 7200\n")
    assert owner.sandbox.run("env", "dev", "--shell", "bash", "-t", device.next_code()).returncode == 0
    done = owner.rotate()
    assert (done.returncode, owner.has_rotated()) == (0, True), done.stderr


def test_a_code_is_asked_for_on_the_terminal(owner: Owner) -> None:
    """As `env` asks."""
    device = with_mfa(owner)
    with open_terminal(owner.sandbox, [SHELLVAULT, "rotate", "dev"]) as terminal:
        terminal.expect("MFA code for dev")
        terminal.type(device.next_code())
        terminal.expect("Rotated the key pair of 'dev'")
        assert terminal.wait_for_exit() == 0
    assert owner.has_rotated()


@pytest.mark.parametrize("words", [(), ("--no-session",)])
def test_an_iam_that_wants_mfa_is_told_of(owner: Owner, words: tuple[str, ...]) -> None:
    """AWS does not say which condition failed: both are named, with the profile to write to."""
    owner.user.require_mfa_for_iam = True
    done = owner.rotate(*words)
    assert done.returncode == 7
    assert "error: AWS refused ListAccessKeys for 'dev': AccessDenied: " in done.stderr
    assert (
        "hint: allow iam:ListAccessKeys on the user itself; if its policy asks for MFA, "
        "set mfa_serial in [profile dev], and leave out --no-session\n" in done.stderr
    )
    assert owner.works()
