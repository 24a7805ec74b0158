"""The exact requests to AWS: for a role with every setting, a chain of three, and one code for many roles."""

from __future__ import annotations

from typing import TYPE_CHECKING

import botocore
import pytest

import shellvault
from tests.broker.mfa_prompter import MfaPrompter
from tests.sandbox import SESSION_NAME

if TYPE_CHECKING:
    from pathlib import Path

    from tests.aws.identities import Role
    from tests.sandbox import Sandbox

ACCOUNTS = ("111122223333", "444455556666", "777788889999")


def list_calls(sandbox: Sandbox) -> list[tuple[str, dict[str, str]]]:
    """Return the calls, each with all of its parameters."""
    return [(call.action, dict(call.params)) for call in sandbox.aws.world.calls]


def test_a_role_is_requested_with_exactly_its_settings(sandbox: Sandbox) -> None:
    """Nothing is missing, and nothing is added."""
    role = sandbox.aws.world.role("deploy", external_id="ext-42", require_source_identity=True)
    sandbox.add("base", sandbox.aws.world.user().access_key())
    sandbox.configure(f"""
[profile deploy]
role_arn = {role.arn}
source_profile = base
external_id = ext-42
role_session_name = alice-laptop
source_identity = alice@example.com
session_tags = Team=blue, Cost Center=12=3
transitive_session_tags = Team
duration_seconds = 1800
region = eu-west-1
""")
    done = sandbox.run("env", "deploy", "--shell", "bash")
    assert done.returncode == 0, done.stderr
    expected = {
        "RoleArn": role.arn,
        "RoleSessionName": "alice-laptop",
        "DurationSeconds": "1800",
        "ExternalId": "ext-42",
        "SourceIdentity": "alice@example.com",
        "Tags.member.1.Key": "Team",
        "Tags.member.1.Value": "blue",
        "Tags.member.2.Key": "Cost Center",
        "Tags.member.2.Value": "12=3",
        "TransitiveTagKeys.member.1": "Team",
    }
    assert list_calls(sandbox) == [("AssumeRole", expected)]
    assert sandbox.aws.world.calls[0].region == "eu-west-1"


class RoleChain:
    """A user with an MFA device, a chain of three roles, and two more roles over the same key pair."""

    def __init__(self, sandbox: Sandbox, folder: Path) -> None:
        world = sandbox.aws.world
        user = world.user(account=ACCOUNTS[0])
        self.device, self.prompter = user.mfa_device(), MfaPrompter(folder)
        self.roles: list[Role] = []
        sandbox.add("base", user.access_key(), "--no-config")
        mfa = f"mfa_serial = {self.device.serial}\nmfa_process = {self.prompter.command}\n"
        sandbox.configure(f"[profile base]\nregion = eu-west-1\n{mfa}")
        for number, account in enumerate(ACCOUNTS):
            trusts = (self.roles[-1].arn,) if self.roles else ("account root",)
            self.roles.append(world.role(f"hop{number}", account, trusts=trusts, require_mfa=not self.roles))
            source = f"hop{number - 1}" if number else "base"
            sandbox.configure(
                f"[profile hop{number}]\nrole_arn = {self.roles[-1].arn}\nsource_profile = {source}\n"
                f"region = eu-west-1\nexternal_id = e{number}\n"
            )
        for name in ("left", "right"):
            arn = world.role(name, ACCOUNTS[0], require_mfa=True).arn
            sandbox.configure(f"[profile {name}]\nrole_arn = {arn}\nsource_profile = base\nregion = eu-west-1\n")


@pytest.fixture
def role_chain(sandbox: Sandbox, tmp_path: Path) -> RoleChain:
    """Return the roles and their user."""
    return RoleChain(sandbox, tmp_path)


def test_a_chain_of_three_is_assumed_hop_by_hop(sandbox: Sandbox, role_chain: RoleChain) -> None:
    """Each hop uses the session before it and its own external id; only the root takes the code."""
    role_chain.prompter.answer(role_chain.device.next_code())
    done = sandbox.run("env", "hop2", "--shell", "bash")
    assert done.returncode == 0, done.stderr
    hops = [
        (
            "AssumeRole",
            {
                "RoleArn": role.arn,
                "RoleSessionName": SESSION_NAME,
                "DurationSeconds": "3600",
                "ExternalId": f"e{number}",
            },
        )
        for number, role in enumerate(role_chain.roles)
    ]
    first = {"DurationSeconds": "43200", "SerialNumber": role_chain.device.serial, "TokenCode": "…"}
    assert list_calls(sandbox) == [("GetSessionToken", first), *hops]
    signers = [call.principal.rpartition(":")[2] for call in sandbox.aws.world.calls]
    assert signers == [
        "user/alice",
        "user/alice",
        f"assumed-role/hop0/{SESSION_NAME}",
        f"assumed-role/hop1/{SESSION_NAME}",
    ]


def test_one_code_serves_a_chain_of_three_and_two_more_roles(sandbox: Sandbox, role_chain: RoleChain) -> None:
    """There is one question in all, and one session with MFA."""
    role_chain.prompter.answer(role_chain.device.next_code())
    for name in ("hop2", "left", "right", "hop1"):
        done = sandbox.run("env", name, "--shell", "bash")
        assert done.returncode == 0, done.stderr
    assert role_chain.prompter.prompt_count == 1
    assert sandbox.aws.world.count("GetSessionToken") == 1
    assert sandbox.aws.world.count("AssumeRole", "ok") == 5


def test_each_request_says_that_it_is_ours(sandbox: Sandbox) -> None:
    """CloudTrail shows that as `userAgent`; programs that use the session have their own."""
    sandbox.add("base", sandbox.aws.world.user().access_key())
    assert sandbox.run("env", "base", "--shell", "bash").returncode == 0
    assert sandbox.run("rotate", "base").returncode == 0
    calls = sandbox.aws.world.calls
    assert {call.service for call in calls} == {"sts", "iam"}
    name = f"shellvault/{shellvault.__version__} Botocore/{botocore.__version__}"
    assert {call.user_agent for call in calls} == {name}
