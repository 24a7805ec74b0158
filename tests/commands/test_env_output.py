"""The output of `env`: a single write, in the dialect of the calling shell."""

from __future__ import annotations

import os
import re
import subprocess
from typing import TYPE_CHECKING

import pytest

from tests.commands.role_profiles import add_role
from tests.sandbox import SHELLVAULT, TIME_LIMIT

if TYPE_CHECKING:
    from tests.sandbox import Sandbox

LONG = 5000  # characters: more than a page, and more than most buffers


@pytest.mark.parametrize("cached", [False, True])
@pytest.mark.parametrize("shell", ["bash", "fish"])
def test_long_token_is_written_at_once(sandbox: Sandbox, shell: str, cached: bool) -> None:  # noqa: FBT001 - parametrized
    """A shell that reads while shellvault writes must never see half of it."""
    sandbox.aws.world.token_length = LONG
    add_role(sandbox)
    if cached:
        sandbox.run("env", "reader", "--shell", shell)
    trace = sandbox.home / "trace"
    command = ["strace", "-f", "-qq", "-e", "trace=write,writev,sendfile", "-o", str(trace), SHELLVAULT]
    done = sandbox.command([*command, "env", "reader", "--shell", shell])
    assert done.returncode == 0, done.stderr
    writes = [line for line in trace.read_text().splitlines() if re.search(r"\b(writev?|sendfile)\(1, ", line)]
    assert [int(line.rpartition("= ")[2]) for line in writes] == [len(done.stdout)]
    assert len(done.stdout) > LONG


def test_closed_stdout_causes_no_error_message(warm_sandbox: Sandbox) -> None:
    """As with `yes | true`, the status is that of death by SIGPIPE."""
    reading, writing = os.pipe()
    os.close(reading)
    command = [SHELLVAULT, "env", "alpha", "--shell", "bash"]
    with subprocess.Popen(command, env=warm_sandbox.env, stdout=writing, stderr=subprocess.PIPE) as env:
        os.close(writing)
        _, stderr = env.communicate(timeout=TIME_LIMIT)
    assert (env.returncode, stderr) == (141, b"")


def test_full_disk_is_an_error(warm_sandbox: Sandbox) -> None:
    """`shellvault env alpha >file` must not appear to succeed."""
    done = warm_sandbox.shell("bash", "shellvault env alpha >/dev/full")
    assert done.returncode == 1
    assert done.stderr == "error: cannot write to stdout: No space left on device\n"


@pytest.mark.parametrize("shell", ["bash", "zsh", "sh", "dash", "ksh", "mksh", "ash", "fish"])
def test_dialect_is_that_of_the_calling_shell(warm_sandbox: Sandbox, shell: str) -> None:
    """Regardless of SHELL."""
    detected = warm_sandbox.shell(shell, "shellvault env alpha; true", SHELL="/bin/tcsh").stdout
    explicit = warm_sandbox.run("env", "alpha", "--shell", shell).stdout
    assert detected == explicit, "different statements"
    assert detected.startswith("begin;" if shell == "fish" else "{\n")


def test_shell_can_be_set_by_variable(warm_sandbox: Sandbox) -> None:
    """For use where an intermediate program hides the shell."""
    assert warm_sandbox.shell("bash", "shellvault env alpha", SHELLVAULT_SHELL="fish").stdout.startswith("begin;")
