"""A role without a profile, wherever a profile can stand: in live shells, in consoles, and in what is printed."""

from __future__ import annotations

import json
import re
import subprocess
from typing import TYPE_CHECKING

import pytest

from tests.commands.terminal import PROMPT
from tests.hook.live_shell import SHELLS, start_shell
from tests.login.test_login import find_calls, follow_url
from tests.sandbox import SESSION_NAME, parse_environment

if TYPE_CHECKING:
    from tests.sandbox import Sandbox

ACCOUNT = "111122223333"
NAME = f"{ACCOUNT}/reader"
SIGN_IN = ("--sso", "corp", "--account", ACCOUNT, "--role", "reader")

pytestmark = pytest.mark.usefixtures("sso", "browser")


def signed_in_as(sandbox: Sandbox) -> str:
    """Return the ARN of a session of the role that the sign-in gives."""
    role = sandbox.aws.world.sso.assigned()[ACCOUNT, "reader"].role
    return f"arn:aws:sts::{ACCOUNT}:assumed-role/{role.arn.rpartition('/')[2]}/alice@example.com"


def add_key_pair(sandbox: Sandbox) -> str:
    """Add the key pair `base`, and return the ARN of a role that it may assume."""
    sandbox.add("base", sandbox.aws.world.user("alice").access_key())
    return sandbox.aws.world.role("auditor").arn


def find_signer(sandbox: Sandbox, access_key_id: str) -> str:
    """Return as whom AWS knows a session."""
    credential = sandbox.aws.world.credential(access_key_id)
    assert credential is not None
    return credential.principal.arn


def test_the_console_of_a_role_over_a_profile_belongs_to_that_role(sandbox: Sandbox) -> None:
    """And not to the profile, whose key pair would sign in as a federated user."""
    arn = add_key_pair(sandbox)
    call = follow_url(sandbox, sandbox.run("login", "base", "--role-arn", arn, "--stdout"))
    assert call.principal == f"arn:aws:sts::{ACCOUNT}:assumed-role/auditor/{SESSION_NAME}"
    assert find_calls(sandbox, "GetFederationToken") == []


def test_the_console_of_a_role_of_a_sign_in_belongs_to_that_role(sandbox: Sandbox) -> None:
    """No key pair is needed, and none is there."""
    call = follow_url(sandbox, sandbox.run("login", *SIGN_IN, "--stdout"))
    assert call.principal == signed_in_as(sandbox)


def test_env_and_export_print_the_session_of_a_role_of_a_sign_in(sandbox: Sandbox) -> None:
    """Both have the same one: the second asks AWS for nothing."""
    done = sandbox.shell("bash", f'eval "$(shellvault env {" ".join(SIGN_IN)})" && env -0')
    found = parse_environment(done.stdout)
    assert (found["AWS_VAULT"], found["SHELLVAULT_PROFILE"], found["AWS_ACCOUNT_ID"]) == (NAME, NAME, ACCOUNT)
    assert find_signer(sandbox, found["AWS_ACCESS_KEY_ID"]) == signed_in_as(sandbox)
    done = sandbox.run("export", *SIGN_IN, "--format", "json")
    assert (done.returncode, json.loads(done.stdout)["AccessKeyId"]) == (0, found["AWS_ACCESS_KEY_ID"]), done.stderr
    assert sandbox.aws.world.count("GetRoleCredentials") == 1


@pytest.mark.parametrize("name", SHELLS)
def test_a_shell_holds_goes_back_to_and_signs_in_with_such_a_role(sandbox: Sandbox, name: str) -> None:
    """The prompt names account and role, `use -` comes back to it, and `login` opens what the shell holds."""
    add_key_pair(sandbox)
    with start_shell(sandbox, name) as shell:
        shell.run(f"shellvault use {' '.join(SIGN_IN)}")
        assert re.search(rf"\[{NAME} \w+\] {PROMPT}$", shell.terminal.output)
        assert find_signer(sandbox, shell.get_variable("AWS_ACCESS_KEY_ID")) == signed_in_as(sandbox)
        for words, expected in (("base", "base"), ("-", NAME), ("-", "base"), ("-", NAME)):
            shell.run(f"shellvault use {words}")
            assert re.search(rf"\[{expected} \w+\] {PROMPT}$", shell.terminal.output)
        assert find_signer(sandbox, shell.get_variable("AWS_ACCESS_KEY_ID")) == signed_in_as(sandbox)
        for signer in (signed_in_as(sandbox), f"arn:aws:sts::{ACCOUNT}:federated-user/{SESSION_NAME[:32]}"):
            printed = shell.run("shellvault login --stdout 2>&1 | grep ^http")
            url = subprocess.CompletedProcess((), 0, printed.split()[-1], "")
            assert follow_url(sandbox, url).principal == signer
            shell.run("shellvault use base")
