"""The output of `env`: written with one write, and in the language of the shell that asked."""

from __future__ import annotations

import os
import re
import subprocess
from typing import TYPE_CHECKING

import pytest

from tests.commands.people import with_role
from tests.sandbox import SHELLVAULT, TIME_LIMIT

if TYPE_CHECKING:
    from tests.sandbox import Sandbox

LONG = 5000  # characters: more than a page, and than the buffers of most programs


@pytest.mark.parametrize("cached", [False, True])
@pytest.mark.parametrize("shell", ["bash", "fish"])
def test_a_long_token_leaves_in_one_write(sandbox: Sandbox, shell: str, cached: bool) -> None:  # noqa: FBT001 - a case
    """A shell that reads while we write must never see half of it."""
    sandbox.aws.world.token_length = LONG
    with_role(sandbox)
    if cached:
        sandbox.run("env", "reader", "--shell", shell)
    trace = sandbox.home / "trace"
    command = ["strace", "-f", "-qq", "-e", "trace=write,writev,sendfile", "-o", str(trace), SHELLVAULT]
    done = sandbox.command([*command, "env", "reader", "--shell", shell])
    assert done.returncode == 0, done.stderr
    writes = [line for line in trace.read_text().splitlines() if re.search(r"\b(writev?|sendfile)\(1, ", line)]
    assert [int(line.rpartition("= ")[2]) for line in writes] == [len(done.stdout)]
    assert len(done.stdout) > LONG


def test_a_reader_that_is_gone_is_not_complained_about(settled: Sandbox) -> None:
    """As with `yes | true`: the status is that of a death by SIGPIPE."""
    reading, writing = os.pipe()
    os.close(reading)
    command = [SHELLVAULT, "env", "alpha", "--shell", "bash"]
    with subprocess.Popen(command, env=settled.env, stdout=writing, stderr=subprocess.PIPE) as env:
        os.close(writing)
        _, said = env.communicate(timeout=TIME_LIMIT)
    assert (env.returncode, said) == (141, b"")


def test_a_full_disk_is_an_error(settled: Sandbox) -> None:
    """`shellvault env alpha >file` must not look as if it had worked."""
    done = settled.shell("bash", "shellvault env alpha >/dev/full")
    assert done.returncode == 1
    assert done.stderr == "error: cannot write to stdout: No space left on device\n"


@pytest.mark.parametrize("shell", ["bash", "zsh", "sh", "dash", "ksh", "mksh", "ash", "fish"])
def test_the_language_is_that_of_the_shell_that_asks(settled: Sandbox, shell: str) -> None:
    """Whatever SHELL says."""
    asked = settled.shell(shell, "shellvault env alpha; true", SHELL="/bin/tcsh").stdout
    named = settled.run("env", "alpha", "--shell", shell).stdout
    assert asked == named, "not the same statements"
    assert asked.startswith("begin;" if shell == "fish" else "{\n")


def test_the_shell_may_be_named_by_a_variable(settled: Sandbox) -> None:
    """For a program in between that hides the shell."""
    assert settled.shell("bash", "shellvault env alpha", SHELLVAULT_SHELL="fish").stdout.startswith("begin;")
