"""A process that holds a secret cannot be read by the same user's other programs, and leaves no core dump."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.commands.terminal import open_terminal
from tests.sandbox import SHELLVAULT, Sandbox
from tests.storage.child_processes import NOBODY

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.aws.server import AwsServer
    from tests.broker.conftest import MfaUser

ID, SECRET = "AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
AS_NOBODY = ("setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups")
WITH_CORES = ("prlimit", "--core=unlimited:unlimited")
LIMITS = "4096:8192"

LOOK = """
import ctypes, sys
pid, libc = int(sys.argv[1]), ctypes.CDLL(None, use_errno=True)
def attempt(name, act):
    try:
        act()
        print(name, "worked")
    except OSError as error:
        print(name, error.strerror)
def read(path):
    with open(path, "rb") as file:
        file.read(0)
def trace():
    if libc.ptrace(0x4206, pid, None, None):  # PTRACE_SEIZE
        raise OSError(ctypes.get_errno(), "refused")
attempt("mem", lambda: read(f"/proc/{pid}/mem"))
attempt("environ", lambda: read(f"/proc/{pid}/environ"))
attempt("maps", lambda: read(f"/proc/{pid}/maps"))
attempt("ptrace", trace)
"""
"""What a thief running as the same user would try."""

SHOW = """
import ctypes, resource
print(resource.getrlimit(resource.RLIMIT_CORE), ctypes.CDLL(None).prctl(3))  # PR_GET_DUMPABLE
"""


@pytest.fixture
def nobody(aws: AwsServer) -> Iterator[Sandbox]:
    """Return a sandbox for an unprivileged user, who can enter every folder above it."""
    folder = Path(tempfile.mkdtemp(prefix="shellvault-nobody-", dir="/tmp"))
    folder.chmod(0o755)
    try:
        sandbox = Sandbox(folder, aws)
        for path in (folder, *folder.rglob("*")):
            os.chown(path, NOBODY, NOBODY)
        yield sandbox
        for verb in ("lock", "clear"):  # the kernel keeps another user's keys apart from ours
            assert sandbox.command([*AS_NOBODY, SHELLVAULT, verb]).returncode == 0
    finally:
        shutil.rmtree(folder)


def look(process: int) -> dict[str, str]:
    """Return which attempts to read this process work for a program of the same user."""
    argv = [*AS_NOBODY, sys.executable, "-I", "-c", LOOK, str(process)]
    done = subprocess.run(argv, capture_output=True, text=True, check=True, cwd="/")
    return dict(line.split(" ", 1) for line in done.stdout.splitlines())


def test_same_user_programs_can_read_other_processes_here() -> None:
    """This proves that the attempts below would otherwise work."""
    with subprocess.Popen([*AS_NOBODY, "cat"], stdin=subprocess.PIPE, cwd="/") as other:
        try:
            while Path(f"/proc/{other.pid}/cmdline").read_bytes() != b"cat\0":
                pass
            assert set(look(other.pid).values()) == {"worked"}
        finally:
            other.kill()


@pytest.mark.parametrize("typed", [0, 1, 2])
def test_same_user_programs_cannot_read_a_waiting_prompt(nobody: Sandbox, typed: int) -> None:
    """From `add`'s first question on, memory and environment are unreadable, and no debugger can attach."""
    argv = [*AS_NOBODY, SHELLVAULT, "add", "dev", "--no-config"]
    with open_terminal(nobody, argv, SHELLVAULT_PASSPHRASE_FILE="") as terminal:
        for question, answer in (("Access key ID", ID), ("Secret access key", SECRET))[:typed]:
            terminal.expect(question)
            terminal.type(answer)
        terminal.expect(("Access key ID", "Secret access key", "New passphrase")[typed])
        assert "worked" not in look(terminal.process).values()
        gcore = [*AS_NOBODY, "gcore", "-o", str(nobody.home / "gcore"), str(terminal.process)]
        assert subprocess.run(gcore, capture_output=True, check=False, cwd="/").returncode != 0
    assert not [path for path in nobody.files() if SECRET.encode() in path.read_bytes()]


def test_a_crashing_program_dumps_core_here(nobody: Sandbox) -> None:
    """This proves that a core dump would otherwise be written."""
    crash = "import os, signal; os.kill(os.getpid(), signal.SIGQUIT)"
    with open_terminal(nobody, [*WITH_CORES, *AS_NOBODY, sys.executable, "-c", crash]) as terminal:
        assert terminal.wait_for_exit() == -signal.SIGQUIT
        assert terminal.has_dumped_core()


def test_a_crash_at_a_prompt_leaves_no_core_dump(nobody: Sandbox) -> None:
    r"""Otherwise Ctrl-\ would write the key pair to a file."""
    argv = [*WITH_CORES, *AS_NOBODY, SHELLVAULT, "add", "dev", "--no-config"]
    with open_terminal(nobody, argv, SHELLVAULT_PASSPHRASE_FILE="") as terminal:
        for question, answer in (("Access key ID", ID), ("Secret access key", SECRET)):
            terminal.expect(question)
            terminal.type(answer)
        terminal.expect("New passphrase")
        os.kill(terminal.process, signal.SIGQUIT)
        assert terminal.wait_for_exit() == -signal.SIGQUIT
        assert not terminal.has_dumped_core()
    assert not list(nobody.home.glob("*core*"))


def test_child_programs_get_shellvaults_original_limits(user: MfaUser) -> None:
    """Programs run by `exec`, for MFA or as a credential process can be traced and dumped like any other."""
    sandbox, seen = user.sandbox, user.sandbox.home / "seen"
    show = f"{sys.executable} -I {sandbox.home / 'show.py'}"
    (sandbox.home / "show.py").write_text(SHOW)
    (sandbox.home / "code").write_text(user.device.next_code())
    sandbox.configure(
        f"[profile mfa]\ninclude_profile = base\nmfa_serial = {user.device.serial}\n"
        f'mfa_process = sh -c "{show} >>{seen}; cat code"\n'
        f'[profile process]\ncredential_process = sh -c "{show} >>{seen}; {SHELLVAULT} exec reader --json"\n'
    )
    for words in (("base", "-n"), ("mfa",), ("process",)):
        argv = ["prlimit", f"--core={LIMITS}", SHELLVAULT, "exec", *words, "--", *show.split()]
        done = sandbox.command(argv)
        assert (done.returncode, done.stdout) == (0, "(4096, 8192) 1\n"), done.stderr
    assert seen.read_text() == "(4096, 8192) 1\n" * 2


def test_a_protected_process_passes_on_its_original_locale(nobody: Sandbox) -> None:
    """It can no longer read its own environment from /proc, and Python has put another locale into os.environ."""
    folder = nobody.vault.parent
    given = {"AWS_ACCESS_KEY_ID": ID, "AWS_SECRET_ACCESS_KEY": SECRET, "LC_ALL": ""}
    assert nobody.command([*AS_NOBODY, SHELLVAULT, "add", "dev", "--env"], **given).returncode == 0
    assert folder.stat().st_uid == NOBODY
    run = [*AS_NOBODY, SHELLVAULT, "exec", "dev", "-n", "--", "env"]
    assert nobody.command([*AS_NOBODY, SHELLVAULT, "lock"]).returncode == 0
    done = nobody.command(run, LC_ALL="")
    assert done.returncode == 0, done.stderr
    assert "LC_CTYPE" not in done.stdout
