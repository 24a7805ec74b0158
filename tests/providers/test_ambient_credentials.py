"""`credential_source`: the environment, the instance's metadata, the container's service."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from shellvault.core.chain.links import AmbientCredentials
from shellvault.providers.ambient_provider import AmbientProvider
from tests.providers.metadata import ROLES, TOKEN_PATH, Metadata
from tests.sandbox import parse_environment

if TYPE_CHECKING:
    from pathlib import Path

    from tests.aws.identities import AccessKey
    from tests.sandbox import Sandbox

ENV = ("env", "reader", "--shell", "bash")


@pytest.fixture
def key(sandbox: Sandbox) -> AccessKey:
    """Return a key pair that AWS knows and the vault does not."""
    return sandbox.aws.world.user().access_key()


def reader(sandbox: Sandbox, source: str) -> None:
    """Write the profile `reader`, a role over this credential_source."""
    role = sandbox.aws.world.role("reader")
    sandbox.configure(f"[profile reader]\nrole_arn = {role.arn}\ncredential_source = {source}\n")


def provided(sandbox: Sandbox, key: AccessKey) -> dict[str, str]:
    """Return a session of the key's owner, as the services of AWS's machines spell it."""
    credential = sandbox.aws.world.credential(key.id)
    assert credential is not None
    minted = sandbox.aws.world.issue_session(credential.principal, 3600)
    assert minted.session is not None
    return {
        "Code": "Success",
        "AccessKeyId": minted.access_key_id,
        "SecretAccessKey": str(minted.secret),
        "Token": str(minted.session.token),
        "Expiration": "2099-01-01T00:00:00Z",
    }


def variables(key: AccessKey) -> dict[str, str]:
    """Return a key pair as environment variables."""
    return {"AWS_ACCESS_KEY_ID": key.id, "AWS_SECRET_ACCESS_KEY": str(key.secret)}


def test_a_role_is_assumed_with_what_the_environment_holds(sandbox: Sandbox, key: AccessKey) -> None:
    """As with the AWS CLI."""
    reader(sandbox, "Environment")
    done = sandbox.run(*ENV, **variables(key))
    assert (done.returncode, sandbox.aws.world.count("AssumeRole", "ok")) == (0, 1), done.stderr


def test_what_shellvault_put_into_the_shell_is_not_the_environments(sandbox: Sandbox, key: AccessKey) -> None:
    """The second time, the shell's own key pair is taken from before, and the cached session serves."""
    reader(sandbox, "Environment")
    script = 'eval "$(shellvault env reader)" && eval "$(shellvault env reader)" && shellvault clear && '
    done = sandbox.shell("bash", script + 'eval "$(shellvault env reader)"; env -0', **variables(key))
    assert parse_environment(done.stdout)["SHELLVAULT_PROFILE"] == "reader", done.stderr
    callers = {call.principal for call in sandbox.aws.world.calls}
    assert (sandbox.aws.world.count("AssumeRole"), len(callers)) == (2, 1)
    assert next(iter(callers)).endswith(":user/alice")


def test_other_credentials_in_the_environment_get_another_session(sandbox: Sandbox, key: AccessKey) -> None:
    """A session is never that of somebody else."""
    reader(sandbox, "Environment")
    other = sandbox.aws.world.user("bob").access_key()
    sandbox.run(*ENV, **variables(key))
    sandbox.run(*ENV, **variables(other))
    assert sandbox.aws.world.count("AssumeRole", "ok") == 2


def test_a_session_in_the_environment_is_taken_whole() -> None:
    """With its token, and until its own end."""
    variables = {"AWS_ACCESS_KEY_ID": "ASIA", "AWS_SECRET_ACCESS_KEY": "s", "AWS_SESSION_TOKEN": "t"}
    minter = AmbientProvider({**variables, "AWS_CREDENTIAL_EXPIRATION": "2099-01-01T00:00:00Z"})
    got = minter(AmbientCredentials("dev", "Environment", "detail"))
    assert (got.access_key_id, str(got.secret_access_key), str(got.session_token)) == ("ASIA", "s", "t")
    assert got.expires_at == 4070908800


def test_an_empty_environment_says_so(sandbox: Sandbox) -> None:
    """And that our own session does not count."""
    reader(sandbox, "Environment")
    done = sandbox.run(*ENV)
    assert (done.returncode, done.stdout) == (4, "false\n")
    assert "takes its credentials from the environment, and there are none" in done.stderr


def test_a_role_is_assumed_with_the_instances_credentials(sandbox: Sandbox, key: AccessKey) -> None:
    """IMDSv2, with its token."""
    reader(sandbox, "Ec2InstanceMetadata")
    with Metadata(provided(sandbox, key)) as service:
        done = sandbox.run(*ENV, AWS_EC2_METADATA_SERVICE_ENDPOINT=service.url, AWS_EC2_METADATA_DISABLED="false")
    assert (done.returncode, sandbox.aws.world.count("AssumeRole", "ok")) == (0, 1), done.stderr
    assert service.asked == [f"PUT {TOKEN_PATH}", f"GET {ROLES}", f"GET {ROLES}machine"]


def test_a_machine_without_metadata_says_so(sandbox: Sandbox) -> None:
    """Status 8: nobody answered."""
    reader(sandbox, "Ec2InstanceMetadata")
    done = sandbox.run(*ENV, AWS_EC2_METADATA_SERVICE_ENDPOINT="http://127.0.0.1:9", AWS_EC2_METADATA_DISABLED="false")
    assert (done.returncode, done.stdout) == (8, "false\n")
    assert "the instance's metadata, which gave none" in done.stderr


def test_a_role_is_assumed_with_the_containers_credentials(sandbox: Sandbox, key: AccessKey) -> None:
    """The container's token goes along."""
    reader(sandbox, "EcsContainer")
    with Metadata(provided(sandbox, key), authorization="let me in") as service:
        uri, token = "AWS_CONTAINER_CREDENTIALS_FULL_URI", "AWS_CONTAINER_AUTHORIZATION_TOKEN"
        done = sandbox.run(*ENV, **{uri: f"{service.url}/role", token: service.authorization})
    assert (done.returncode, sandbox.aws.world.count("AssumeRole", "ok")) == (0, 1), done.stderr
    assert service.asked == ["GET /role"]


def test_a_containers_token_may_lie_in_a_file(sandbox: Sandbox, key: AccessKey, tmp_path: Path) -> None:
    """As EKS has it; the file stands before the variable."""
    reader(sandbox, "EcsContainer")
    (tmp_path / "token").write_text("let me in")
    token = "AWS_CONTAINER_AUTHORIZATION_TOKEN"
    with Metadata(provided(sandbox, key), authorization="let me in") as service:
        variables = {"AWS_CONTAINER_CREDENTIALS_FULL_URI": f"{service.url}/role", token: "wrong"}
        done = sandbox.run(*ENV, **variables, **{f"{token}_FILE": str(tmp_path / "token")})
    assert (done.returncode, sandbox.aws.world.count("AssumeRole", "ok")) == (0, 1), done.stderr


def test_a_containers_own_service_stands_before_another(sandbox: Sandbox, key: AccessKey) -> None:
    """A relative address is one of the container's link-local host, where nobody is here."""
    reader(sandbox, "EcsContainer")
    with Metadata(provided(sandbox, key)) as service:
        full, relative = "AWS_CONTAINER_CREDENTIALS_FULL_URI", "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"
        done = sandbox.run(*ENV, **{full: f"{service.url}/role", relative: "/role"})
    assert (done.returncode, service.asked) == (8, [])


def test_a_containers_credentials_are_found_again_in_a_shell_that_holds_the_session(
    sandbox: Sandbox, key: AccessKey
) -> None:
    """`env` unsets the container's variables, for they would win; a refresh finds them where they are remembered."""
    reader(sandbox, "EcsContainer")
    with Metadata(provided(sandbox, key)) as service:
        script = 'eval "$(shellvault env reader)" && shellvault clear && eval "$(shellvault env reader)" && env -0'
        done = sandbox.shell("bash", script, AWS_CONTAINER_CREDENTIALS_FULL_URI=f"{service.url}/role")
    assert sandbox.aws.world.count("AssumeRole", "ok") == 2, done.stderr
    assert "AWS_CONTAINER_CREDENTIALS_FULL_URI" not in parse_environment(done.stdout)


@pytest.mark.parametrize("url", ["", "http://stranger.example/role"])
def test_a_container_without_a_service_of_its_own_says_so(sandbox: Sandbox, url: str) -> None:
    """No stranger is asked in the clear."""
    reader(sandbox, "EcsContainer")
    done = sandbox.run(*ENV, AWS_CONTAINER_CREDENTIALS_FULL_URI=url)
    assert (done.returncode, done.stdout) == (8, "false\n")
    assert "takes its credentials from its container, which gave none" in done.stderr


@pytest.mark.parametrize("change", ["AccessKeyId", "SecretAccessKey", "Token", "Expiration"])
def test_an_answer_without_one_of_its_parts_is_none(sandbox: Sandbox, key: AccessKey, change: str) -> None:
    """No half credentials."""
    reader(sandbox, "EcsContainer")
    with Metadata({**provided(sandbox, key), change: ""}) as service:
        done = sandbox.run(*ENV, AWS_CONTAINER_CREDENTIALS_FULL_URI=f"{service.url}/role")
    assert (done.returncode, done.stdout, sandbox.aws.world.calls) == (8, "false\n", [])
    assert "Traceback" not in done.stderr


def test_a_source_that_nobody_knows_is_named(sandbox: Sandbox) -> None:
    """With those that there are."""
    reader(sandbox, "Moon")
    done = sandbox.run(*ENV)
    assert done.returncode == 2
    assert "hint: write Environment, Ec2InstanceMetadata or EcsContainer" in done.stderr


def test_a_source_without_a_role_is_an_error(sandbox: Sandbox) -> None:
    """It gives credentials to a role only."""
    sandbox.configure("[profile reader]\ncredential_source = Environment\n")
    done = sandbox.run(*ENV)
    assert done.returncode == 2
    assert "has a credential_source, but no role to assume with it" in done.stderr


def test_both_kinds_of_source_are_one_too_many(sandbox: Sandbox) -> None:
    """As with the AWS CLI."""
    sandbox.configure("[profile reader]\nrole_arn = r\ncredential_source = Environment\nsource_profile = x\n")
    done = sandbox.run(*ENV)
    assert done.returncode == 2
    assert "has both source_profile and credential_source" in done.stderr
