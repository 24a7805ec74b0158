"""A user with a stored key pair and profiles of roles, other programs that hold their sessions, and what AWS denies."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from tests.aws.client import make_client
from tests.aws.world import ACCOUNT
from tests.sandbox import SHELLVAULT

if TYPE_CHECKING:
    import subprocess

    from tests.aws.identities import AccessKey, Role, User
    from tests.sandbox import Sandbox

POLICY = "AWSRevokeOlderSessions"
OTHER_ACCOUNT = "444455556666"
DENIED = "AccessDeniedException"


class Team:
    """The profiles base (a key pair), prod (a role over it), over (a role over prod), and far (in another account)."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox, self.world = sandbox, sandbox.aws.world
        self.alice: User = self.world.user("alice")
        self.key: AccessKey = self.alice.access_key()
        sandbox.add("base", self.key)
        self.deploy: Role = self.world.role("team/deploy")
        self.ops: Role = self.world.role("ops")
        self.far: Role = self.world.role("far", OTHER_ACCOUNT, trusts=[ACCOUNT])
        self.add_profile("prod", self.deploy.arn, "base")
        self.add_profile("over", self.ops.arn, "prod")
        self.add_profile("far", self.far.arn, "base")

    def add_profile(self, name: str, arn: str, source: str, more: str = "") -> None:
        """Add a profile for a role that is assumed with another profile's session."""
        text = f"\n[profile {name}]\nrole_arn = {arn}\nsource_profile = {source}\nregion = eu-west-1\n{more}"
        self.sandbox.configure(text)

    def run(self, *words: str, **extra: str) -> subprocess.CompletedProcess[str]:
        """Run shellvault."""
        return self.sandbox.run(*words, **extra)

    def program(self, profile: str, *words: str) -> Program:
        """Return another program with a profile's session: the one in the cache, or a new one."""
        done = self.run("exec", profile, "--json", *words)
        assert done.returncode == 0, done.stderr
        return Program(self, json.loads(done.stdout))

    def program_with(self, credentials: dict[str, str]) -> Program:
        """Return another program with these credentials."""
        return Program(self, credentials)

    def policy(self, arn: str) -> str:
        """Return the policy that denies older sessions of a role or user; empty if there is none."""
        return self.world.policies.documents(arn).get(POLICY, "")

    def moment(self, arn: str) -> str:
        """Return the moment in that policy; empty if there is none."""
        document = self.policy(arn)
        return str(
            json.loads(document)["Statement"][0]["Condition"]["DateLessThan"]["aws:TokenIssueTime"] if document else ""
        )

    def calls(self, *actions: str) -> list[tuple[str, str, str]]:
        """Return action, last word of the caller and outcome of each call so far, all or those of some actions."""
        with self.world.lock:
            known = list(self.world.calls)
        return [
            (each.action, each.principal.partition("/")[2].partition("/")[0], each.outcome)
            for each in known
            if not actions or each.action in actions
        ]

    def is_active(self, key: AccessKey | None = None) -> bool:
        """Return whether an access key is active at AWS."""
        found = self.world.credential((key or self.key).id)
        assert found is not None
        return found.active


class Program:
    """A program with a session, which it uses with boto3."""

    def __init__(self, team: Team, credentials: dict[str, str]) -> None:
        self.key_id = credentials["AccessKeyId"]
        self._ssm: Any = make_client(team.sandbox.aws, "ssm", credentials, "eu-west-1")

    def works(self) -> bool:
        """Return whether AWS lets it write a parameter."""
        try:
            self._ssm.put_parameter(Name="a", Value="b", Overwrite=True)
        except ClientError as error:
            response: Any = error.response
            assert response["Error"]["Code"] == DENIED
            return False
        return True


COMMAND = SHELLVAULT
"""The program, for a terminal."""
