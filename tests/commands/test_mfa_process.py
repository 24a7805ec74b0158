"""`mfa_process`: a program of the user's choice that prints MFA codes, and its failures."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.commands.role_profiles import add_mfa_role

if TYPE_CHECKING:
    from pathlib import Path

    from tests.sandbox import Sandbox


def write_program(sandbox: Sandbox, body: str, name: str = "code") -> Path:
    """Write an executable shell script."""
    path = sandbox.home / name
    path.write_text(f"#!/bin/sh\n{body}\n")
    path.chmod(0o700)
    return path


@pytest.mark.parametrize("place", ["guarded", "base"])
def test_mfa_process_is_used_from_any_profile_of_the_chain(sandbox: Sandbox, place: str) -> None:
    """From the role's profile or from the source profile that owns the MFA device."""
    device = add_mfa_role(sandbox)
    line = f"mfa_process = '{write_program(sandbox, 'cat code.txt', 'a program')}' --of me"
    section = f"[profile {place}]\n"
    sandbox.config.write_text(sandbox.config.read_text().replace(section, f"{section}{line}\n"))
    (sandbox.home / "code.txt").write_text(device.next_code())
    done = sandbox.run("env", "guarded", "--shell", "bash", "--no-input")
    assert done.returncode == 0, done.stderr


def test_code_on_the_command_line_takes_precedence(sandbox: Sandbox) -> None:
    """The program is not even run."""
    device = add_mfa_role(sandbox, f"mfa_process = {write_program(sandbox, 'touch was-run')}")
    assert sandbox.run("env", "guarded", "--shell", "bash", "-t", device.next_code()).returncode == 0
    assert not (sandbox.home / "was-run").exists()


@pytest.mark.parametrize(
    ("body", "status", "said"),
    [
        ("echo 'no device found' >&2; exit 3", 6, "error: mfa_process gave no code (exit status 3)"),
        ("true", 6, "error: mfa_process gave no code (exit status 0)"),
        ("echo one two three", 6, "invalid MFA code for"),
        ("kill -9 $$", 6, "error: mfa_process gave no code (exit status -9)"),
    ],
)
def test_mfa_process_without_a_code_fails(sandbox: Sandbox, body: str, status: int, said: str) -> None:
    """Status 6; AWS is not called, and the user is not prompted instead."""
    add_mfa_role(sandbox, f"mfa_process = {write_program(sandbox, body)}")
    done = sandbox.run("env", "guarded", "--shell", "bash")
    assert (done.returncode, done.stdout) == (status, "false\n")
    assert said in done.stderr
    assert ("no device found" in done.stderr) == ("no device found" in body)
    assert sandbox.aws.world.calls == []


@pytest.mark.parametrize(
    ("process", "status", "said"),
    [
        ("/nowhere/at/all", 6, "error: mfa_process could not be run: No such file or directory"),
        ("sh -c 'echo 1", 2, "error: mfa_process has unbalanced quotes"),
    ],
)
def test_unusable_mfa_process_is_reported(sandbox: Sandbox, process: str, status: int, said: str) -> None:
    """With the reason given by the system."""
    add_mfa_role(sandbox, f"mfa_process = {process}")
    done = sandbox.run("env", "guarded", "--shell", "bash")
    assert (done.returncode, done.stdout) == (status, "false\n")
    assert said in done.stderr


def test_mfa_process_gets_no_passphrase_and_no_stdin(sandbox: Sandbox) -> None:
    """`tar c . | shellvault exec guarded -- aws s3 cp - s3://…` must send all of its input."""
    (sandbox.home / "passphrase").write_text("correct horse battery\n")
    device = add_mfa_role(sandbox, f"mfa_process = {write_program(sandbox, 'env >seen; cat >>seen; cat code.txt')}")
    (sandbox.home / "code.txt").write_text(device.next_code())
    secrets = {"SHELLVAULT_PASSPHRASE": "x", "SHELLVAULT_PASSPHRASE_FILE": str(sandbox.home / "passphrase")}
    done = sandbox.run("exec", "guarded", "--", "cat", stdin="for the command", **secrets)
    assert done.stdout == "for the command", done.stderr
    seen = (sandbox.home / "seen").read_text()
    assert "SHELLVAULT_PASSPHRASE" not in seen
    assert "for the command" not in seen
