"""Rotation where IAM requires MFA: one code, or an existing session, covers the whole rotation."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.commands.terminal import open_terminal
from tests.sandbox import SHELLVAULT

if TYPE_CHECKING:
    from tests.aws.devices import MfaDevice
    from tests.rotation.rotating_user import RotatingUser


def require_mfa(user: RotatingUser) -> MfaDevice:
    """Make IAM require MFA, and configure a device for the profile."""
    device = user.iam_user.mfa_device()
    user.iam_user.require_mfa_for_iam = True
    user.sandbox.config.write_text(f"[profile dev]\nmfa_serial = {device.serial}\n")
    return device


def test_one_code_covers_the_whole_rotation(user: RotatingUser) -> None:
    """One MFA session signs every call, and is deleted along with the old key."""
    device = require_mfa(user)
    done = user.rotate("--mfa-token", device.next_code())
    assert done.returncode == 0, done.stderr
    assert [call.action for call in user.sandbox.aws.world.calls] == [
        "GetSessionToken",
        "ListAccessKeys",
        "CreateAccessKey",
        "GetCallerIdentity",
        "DeleteAccessKey",
        "ListAccessKeys",
    ]
    assert user.sandbox.run("list", "--sessions").stdout == ""
    assert user.has_rotated()


def test_existing_mfa_session_is_used(user: RotatingUser) -> None:
    """No further code is needed, whatever the session's duration."""
    device = require_mfa(user)
    user.sandbox.configure("duration_seconds = 7200\n")
    assert user.sandbox.run("env", "dev", "--shell", "bash", "-t", device.next_code()).returncode == 0
    done = user.rotate()
    assert (done.returncode, user.has_rotated()) == (0, True), done.stderr


def test_code_is_prompted_for_on_the_terminal(user: RotatingUser) -> None:
    """As with `env`."""
    device = require_mfa(user)
    with open_terminal(user.sandbox, [SHELLVAULT, "rotate", "dev"]) as terminal:
        terminal.expect("MFA code for dev")
        terminal.type(device.next_code())
        terminal.expect("Rotated the key pair of 'dev'")
        assert terminal.wait_for_exit() == 0
    assert user.has_rotated()


@pytest.mark.parametrize("words", [(), ("--no-session",)])
def test_missing_mfa_is_explained(user: RotatingUser, words: tuple[str, ...]) -> None:
    """AWS does not say which condition failed, so the hint names both and the profile to edit."""
    user.iam_user.require_mfa_for_iam = True
    done = user.rotate(*words)
    assert done.returncode == 7
    assert "error: AWS refused ListAccessKeys for 'dev': AccessDenied: " in done.stderr
    assert (
        "hint: allow iam:ListAccessKeys on the user itself; if its policy asks for MFA, "
        "set mfa_serial in [profile dev], and leave out --no-session\n" in done.stderr
    )
    assert user.has_working_key()
