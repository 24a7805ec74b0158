"""Checks how other tests take the kernel keyring away: the kernel refuses it, and shellvault uses the vault."""

from __future__ import annotations

import errno
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from shellvault.storage.opener import kernel_keyring
from tests.agent import without_kernel_keyring
from tests.commands.role_profiles import add_role
from tests.sandbox import SHELLVAULT
from tests.storage.kernel_keyrings import key_names

if TYPE_CHECKING:
    import subprocess

    from tests.sandbox import Sandbox

REFUSED = [sys.executable, str(Path(without_kernel_keyring.__file__))]
WAYS = pytest.mark.parametrize(("way", "answer"), [([], errno.EPERM), (["--no-such-call"], errno.ENOSYS)])
TRY_EACH_CALL = """
import ctypes, sys
libc = ctypes.CDLL(None, use_errno=True)
for number in map(int, sys.argv[1:]):
    result = libc.syscall(number, 6, -4, None, 0, 0)
    print(result, ctypes.get_errno())
"""


def run(sandbox: Sandbox, way: list[str], *argv: str, **extra: str) -> subprocess.CompletedProcess[str]:
    """Run a program without a kernel keyring."""
    return sandbox.command([*REFUSED, *way, *argv], **extra)


@WAYS
def test_the_kernel_refuses_each_call_even_to_grandchildren(sandbox: Sandbox, way: list[str], answer: int) -> None:
    """The error is that of a container, or of a kernel without keyrings; outside, no call fails with it."""
    numbers = map(str, without_kernel_keyring.NUMBERS[os.uname().machine])
    argv = ["sh", "-c", '"$@"; :', "sh", sys.executable, "-c", TRY_EACH_CALL, *numbers]
    assert run(sandbox, way, *argv).stdout == f"-1 {answer}\n" * 3
    assert f"-1 {answer}\n" not in sandbox.command(argv).stdout


@WAYS
def test_keyctl_fails(sandbox: Sandbox, way: list[str], answer: int) -> None:
    """Outside, the same command lists the user keyring."""
    assert sandbox.command(["keyctl", "show", "@u"]).returncode == 0
    refused = run(sandbox, way, "keyctl", "show", "@u")
    assert refused.returncode != 0
    assert os.strerror(answer) in refused.stderr


@WAYS
def test_sessions_are_cached_in_the_vault(sandbox: Sandbox, way: list[str], answer: int) -> None:
    """The second command finds the session that the first one cached, and the kernel holds nothing of this home."""
    del answer
    add_role(sandbox)
    sandbox.purge()
    for _ in range(2):
        assert run(sandbox, way, SHELLVAULT, "exec", "reader", "--", "true").returncode == 0
    assert sandbox.aws.world.count("AssumeRole") == 1
    assert (sandbox.vault / "sessions").read_text()
    assert key_names(kernel_keyring(str(sandbox.vault))) == []


def test_sessions_are_otherwise_cached_in_the_kernel(sandbox: Sandbox) -> None:
    """This shows that the previous test could fail."""
    add_role(sandbox)
    sandbox.purge()
    assert sandbox.run("exec", "reader", "--", "true").returncode == 0
    assert not (sandbox.vault / "sessions").exists()
    assert key_names(kernel_keyring(str(sandbox.vault)))


def test_the_program_gets_its_own_arguments_status_and_streams(sandbox: Sandbox) -> None:
    """Arguments may contain spaces or look like options."""
    done = run(sandbox, [], "sh", "-c", 'printf "<%s>" "$@"; cat; exit 7', "sh", "--no-such-call", "a b", "", "$x")
    assert (done.returncode, done.stdout) == (7, "<--no-such-call><a b><><$x>")
