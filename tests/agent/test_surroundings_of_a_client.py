"""A command's result depends on its own folder, descriptors, namespaces, groups and limits, not on the agent's."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.agent import without_kernel_keyring
from tests.agent.agent_sandbox import AgentSandbox
from tests.commands.role_profiles import add_role
from tests.sandbox import SHELLVAULT, Sandbox
from tests.storage.child_processes import NOBODY

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Iterator

    from tests.aws.server import AwsServer

ENV = "shellvault env reader --shell bash"
AS_NOBODY = [
    *("setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups"),
    *("--inh-caps=+dac_read_search", "--ambient-caps=+dac_read_search"),  # Python may be in root's home
]
ALL = "shellvault exec reader -- env -0 | grep -zv ^SHELLVAULT_AGENT= | sort -z | od -An -c"
"""Prints the environment of a program."""
SCRIPTS = (
    f"ODD=$'\\xff=\\xfe\\n' EMPTY= SHELLVAULT_PASSPHRASE=secret SHELLVAULT_MFA_TOKEN=000000 {ALL}",
    f"AWS_PROFILE=other AWS_ACCESS_KEY_ID=old SHELLVAULT_RESTORE=AWS_PROFILE:0=old AWS_VAULT=other {ALL}",
    f"env 'a.b=1' 'x y=2' é=3 LC_ALL=C {ALL}",
    f"unset LANG LC_ALL LC_CTYPE; {ALL}",
    f"export LC_CTYPE=C.UTF-8; {ALL}",
    "mkdir -p a/tool; printf '#!/bin/sh\necho $0' >tool; chmod +x tool; PATH=a::$PATH; shellvault exec reader -- tool",
    "touch tool; PATH=:$PATH shellvault exec reader -- tool",
    "printf '#!/nowhere\n' >tool; chmod +x tool; PATH=:$PATH shellvault exec reader -- tool",
    "printf '#!/bin/sh\necho $0' >tool; chmod +x tool; shellvault exec reader -- ./tool",
    'for path in "" /nowhere; do PATH=$path $(command -v shellvault) exec reader -- true; echo $?; done',
    'env -u PATH "$(command -v shellvault)" exec reader -- ls .aws',
    "shellvault exec reader -- ''",
    f"{ENV} <&-",
    f"{ENV} 2>&-",
    f"{ENV} >&-",
    f"{ENV} <&- >&- 2>&-",
    f"{ENV} >/dev/full",
    f"{ENV} | true; echo ${{PIPESTATUS[0]}}",
    "shellvault env nobody 2>/dev/full",
    "shellvault env nobody 2>&-",
    "shellvault exec reader -- sh -c 'echo to 2 >&2; echo to 1' 2>&-",
    "shellvault exec reader -- cat /dev/null",
    f"AWS_CONFIG_FILE=<(cat .aws/config) {ENV}",
    f"cd .aws; AWS_CONFIG_FILE=config {ENV}",
    f"cd .aws; AWS_CONFIG_FILE=../.aws//config {ENV}",
    f"cd .aws; HOME=.. {ENV}",
    "cd .aws; shellvault exec reader -- pwd",
    f"mkdir gone; cd gone; rmdir ../gone; {ENV}",
    f"mkdir moved; cd moved; mv ../moved ../here; AWS_CONFIG_FILE=../.aws/config {ENV}",
    f"cd /proc/self; {ENV}",
    f"ulimit -n 12; {ENV}",
    f"umask 777; {ENV}",
    "umask 027; shellvault exec reader -- sh -c 'umask; ulimit -c'",
    f"unset HOME; {ENV}",
    f"SHELLVAULT_PASSPHRASE_FILE=<(echo no) {ENV}",
    f"REQUESTS_CA_BUNDLE=<(echo no) {ENV}",
    f"AWS_CA_BUNDLE=.aws/config {ENV} --fresh",
    f"unshare -n {ENV} --fresh",
    f"unshare -m {ENV} --fresh",
    f"unshare -f -p {ENV} --fresh",
    f"unshare -r {ENV} --fresh",
    f"chroot / {ENV}",
)
NAMELESS = """
import ctypes, os, sys
words = list(map(os.fsencode, sys.argv[1:]))
variables = [name + b"=" + value for name, value in os.environb.items()]
array = lambda texts: (ctypes.c_char_p * (len(texts) + 1))(*texts, None)
ctypes.CDLL(None).execve(words[0], array(words), array([b"=x", *variables]))
"""
"""Runs a program with a variable that has no name. It calls the C library, because `os.execve` refuses."""


@pytest.fixture
def nobody(aws: AwsServer) -> Iterator[AgentSandbox]:
    """Return an unprivileged user's sandbox with the role `reader`, and no agent."""
    folder = Path(tempfile.mkdtemp(prefix="shellvault-"))
    folder.chmod(0o755)
    found = AgentSandbox(Sandbox(folder, aws), folder / "run")
    try:
        add_role(found.sandbox)
        found.sandbox.purge()
        for path in (folder, *folder.rglob("*")):
            os.chown(path, NOBODY, NOBODY)
        yield found
    finally:
        found.end()
        shutil.rmtree(folder)


@pytest.mark.parametrize("script", SCRIPTS)
def test_a_script_does_the_same_with_and_without_an_agent(reader: AgentSandbox, script: str) -> None:
    """Its status and stdout are compared; stderr may differ in notices about calls to AWS."""
    assert reader.run("env", "reader", "--shell", "bash").returncode == 0
    reader.start()
    there = reader.sandbox.shell("bash", script)
    shutil.rmtree(reader.sandbox.home / "here", ignore_errors=True)
    here = reader.sandbox.shell("bash", script, SHELLVAULT_AGENT="off")
    assert there.returncode == here.returncode, there.stderr
    assert there.stdout == here.stdout or "--fresh" in script
    assert "Traceback" not in there.stderr + here.stderr


@pytest.mark.parametrize("agent", ["auto", "off"])
@pytest.mark.parametrize("line", ["exec reader -- env -0", "env reader --shell bash"])
def test_a_variable_without_a_name_is_ignored(reader: AgentSandbox, agent: str, line: str) -> None:
    """Few programs can set one, and Python can't pass it on."""
    reader.start()
    done = reader.sandbox.command(
        [sys.executable, "-c", NAMELESS, SHELLVAULT, *line.split()], SHELLVAULT_AGENT=agent, AWS_REGION="eu-west-1"
    )
    assert (done.returncode, "ASIA" in done.stdout, "=x\0" in done.stdout) == (0, True, False), done.stderr


@pytest.mark.parametrize("agent", ["auto", "off"])
@pytest.mark.parametrize("stderr", ["2>&-", "2>/dev/full", "2>/dev/null"])
def test_eval_fails_even_if_the_error_cannot_be_written(reader: AgentSandbox, agent: str, stderr: str) -> None:
    """`eval` of empty output would succeed, so the command still has to print `false`."""
    reader.start()
    script = f'eval "$(shellvault env nobody --shell bash {stderr})"; echo $?'
    assert reader.sandbox.shell("bash", script, SHELLVAULT_AGENT=agent).stdout == "1\n"


def test_a_client_with_other_groups_than_the_agent_reads_files_itself(reader: AgentSandbox) -> None:
    """After `newgrp`, for example, the agent might not be able to read the config file."""
    assert reader.run("env", "reader", "--shell", "bash").returncode == 0
    reader.start()
    traced = ["strace", "-e", "trace=openat", SHELLVAULT, *ENV.split()[1:]]
    for prefix, reads in (([], False), (["setpriv", "--groups", "4242"], True)):
        done = reader.sandbox.command([*prefix, *traced])
        assert (done.returncode, "/.aws/config" in done.stderr) == (0, reads)


def as_nobody(agents: AgentSandbox, *words: str, **extra: str) -> subprocess.CompletedProcess[str]:
    """Run shellvault as the unprivileged user, without a kernel keyring."""
    refused = ["python", without_kernel_keyring.__file__]
    return agents.sandbox.command([*AS_NOBODY, *refused, SHELLVAULT, *words], **extra)


def test_a_protected_command_of_an_unprivileged_user_reaches_the_agent(nobody: AgentSandbox) -> None:
    """The agent cannot inspect a process that opens the vault, but still gives it the data key."""
    assert as_nobody(nobody, "unlock").returncode == 0
    nobody.sandbox.env.pop("SHELLVAULT_PASSPHRASE_FILE")
    assert as_nobody(nobody, "env", "reader", "--shell", "bash").returncode == 0
    done = as_nobody(nobody, "remove", "base", "--force")
    assert (done.returncode, done.stdout) == (0, "Deleted the key pair of 'base', and 1 session.\n")


def test_the_users_other_programs_cannot_inspect_the_agent(nobody: AgentSandbox) -> None:
    """They can neither read its memory and environment nor trace it."""
    assert as_nobody(nobody, "unlock").returncode == 0
    process = f"/proc/{nobody.pid()}"
    for name in ("mem", "environ", "maps", "fd"):
        tried = nobody.sandbox.command([*AS_NOBODY[:4], "head", "-c", "1", f"{process}/{name}"])
        assert (tried.stdout, tried.returncode) == ("", 1), name
        assert "denied" in tried.stderr, (name, tried.stderr)
    traced = nobody.sandbox.command([*AS_NOBODY[:4], "timeout", "5", "strace", "-p", str(nobody.pid())])
    assert "Operation not permitted" in traced.stderr
