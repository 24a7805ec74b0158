"""`mfa_process`: a program of the person's own that prints MFA codes, and what goes wrong with it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.commands.people import with_mfa

if TYPE_CHECKING:
    from pathlib import Path

    from tests.sandbox import Sandbox


def program(sandbox: Sandbox, body: str, name: str = "code") -> Path:
    """Write a program."""
    path = sandbox.home / name
    path.write_text(f"#!/bin/sh\n{body}\n")
    path.chmod(0o700)
    return path


@pytest.mark.parametrize("place", ["guarded", "base"])
def test_its_code_is_used_wherever_the_chain_names_it(sandbox: Sandbox, place: str) -> None:
    """At the role, or at the profile below it whose key pair the device belongs to."""
    device = with_mfa(sandbox)
    line = f"mfa_process = '{program(sandbox, 'cat code.txt', 'a program')}' --of me"
    section = f"[profile {place}]\n"
    sandbox.config.write_text(sandbox.config.read_text().replace(section, f"{section}{line}\n"))
    (sandbox.home / "code.txt").write_text(device.next_code())
    done = sandbox.run("env", "guarded", "--shell", "bash", "--no-input")
    assert done.returncode == 0, done.stderr


def test_a_code_on_the_command_line_comes_before_it(sandbox: Sandbox) -> None:
    """The program is not even run."""
    device = with_mfa(sandbox, f"mfa_process = {program(sandbox, 'touch was-run')}")
    assert sandbox.run("env", "guarded", "--shell", "bash", "-t", device.next_code()).returncode == 0
    assert not (sandbox.home / "was-run").exists()


@pytest.mark.parametrize(
    ("body", "status", "said"),
    [
        ("echo 'no device found' >&2; exit 3", 6, "error: mfa_process gave no code (exit status 3)"),
        ("true", 6, "error: mfa_process gave no code (exit status 0)"),
        ("echo one two three", 6, "that is not a code"),
        ("kill -9 $$", 6, "error: mfa_process gave no code (exit status -9)"),
    ],
)
def test_a_program_without_a_code_is_a_missing_code(sandbox: Sandbox, body: str, status: int, said: str) -> None:
    """Status 6, AWS is not asked, and nobody is asked in its stead."""
    with_mfa(sandbox, f"mfa_process = {program(sandbox, body)}")
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
def test_a_program_that_cannot_be_run_is_named(sandbox: Sandbox, process: str, status: int, said: str) -> None:
    """With what the system says of it."""
    with_mfa(sandbox, f"mfa_process = {process}")
    done = sandbox.run("env", "guarded", "--shell", "bash")
    assert (done.returncode, done.stdout) == (status, "false\n")
    assert said in done.stderr


def test_it_sees_no_passphrase_and_takes_no_input_of_the_commands(sandbox: Sandbox) -> None:
    """`tar c . | shellvault exec guarded -- aws s3 cp - s3://…` must send all of it."""
    (sandbox.home / "passphrase").write_text("correct horse battery\n")
    device = with_mfa(sandbox, f"mfa_process = {program(sandbox, 'env >seen; cat >>seen; cat code.txt')}")
    (sandbox.home / "code.txt").write_text(device.next_code())
    secrets = {"SHELLVAULT_PASSPHRASE": "x", "SHELLVAULT_PASSPHRASE_FILE": str(sandbox.home / "passphrase")}
    done = sandbox.run("exec", "guarded", "--", "cat", stdin="for the command", **secrets)
    assert done.stdout == "for the command", done.stderr
    seen = (sandbox.home / "seen").read_text()
    assert "SHELLVAULT_PASSPHRASE" not in seen
    assert "for the command" not in seen
