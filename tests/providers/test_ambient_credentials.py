"""`credential_source`: the environment, the instance's metadata service, the container's credential service."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from shellvault.core.chain.root_credentials import AmbientCredentials
from shellvault.providers.ambient_provider import AmbientProvider
from tests.providers.context_factory import make_context
from tests.providers.metadata_service import ROLES, TOKEN_PATH, MetadataService
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


def add_reader(sandbox: Sandbox, source: str) -> None:
    """Add the profile `reader`, a role over this credential_source."""
    role = sandbox.aws.world.role("reader")
    sandbox.configure(f"[profile reader]\nrole_arn = {role.arn}\ncredential_source = {source}\n")


def service_answer(sandbox: Sandbox, key: AccessKey) -> dict[str, str]:
    """Return a session of the key's owner, as AWS's services for instances and containers spell it."""
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


def key_variables(key: AccessKey) -> dict[str, str]:
    """Return a key pair as environment variables."""
    return {"AWS_ACCESS_KEY_ID": key.id, "AWS_SECRET_ACCESS_KEY": str(key.secret)}


def test_a_role_is_assumed_with_the_environments_credentials(sandbox: Sandbox, key: AccessKey) -> None:
    """As in the AWS CLI."""
    add_reader(sandbox, "Environment")
    done = sandbox.run(*ENV, **key_variables(key))
    assert (done.returncode, sandbox.aws.world.count("AssumeRole", "ok")) == (0, 1), done.stderr


def test_shellvaults_own_session_is_not_used_as_a_source(sandbox: Sandbox, key: AccessKey) -> None:
    """The second run uses the key pair that the shell had before, and gets the cached session."""
    add_reader(sandbox, "Environment")
    script = 'eval "$(shellvault env reader)" && eval "$(shellvault env reader)"; env -0'
    done = sandbox.shell("bash", script, **key_variables(key))
    assert parse_environment(done.stdout)["SHELLVAULT_PROFILE"] == "reader", done.stderr
    callers = {call.principal for call in sandbox.aws.world.calls}
    assert (sandbox.aws.world.count("AssumeRole"), len(callers)) == (1, 1)
    assert next(iter(callers)).endswith(":user/alice")


def test_keys_that_were_set_aside_are_out_of_reach(sandbox: Sandbox, key: AccessKey) -> None:
    """Without the hook, the old session must be removed before a new one can be obtained; the hint says so."""
    add_reader(sandbox, "Environment")
    script = 'eval "$(shellvault env reader)"; shellvault clear >&2; eval "$(shellvault env reader)"; echo $?; '
    out_first = 'eval "$(shellvault env --unset)" && eval "$(shellvault env reader)"; echo $?'
    done = sandbox.shell("bash", script + out_first, **key_variables(key))
    assert done.stdout.split() == ["1", "0"], done.stderr
    assert 'yours were set aside for a session; take it out first: eval "$(shellvault env --unset)"' in done.stderr
    assert sandbox.aws.world.count("AssumeRole") == 2


def test_other_credentials_in_the_environment_get_another_session(sandbox: Sandbox, key: AccessKey) -> None:
    """A session is never somebody else's."""
    add_reader(sandbox, "Environment")
    other = sandbox.aws.world.user("bob").access_key()
    sandbox.run(*ENV, **key_variables(key))
    sandbox.run(*ENV, **key_variables(other))
    assert sandbox.aws.world.count("AssumeRole", "ok") == 2


def test_a_session_in_the_environment_keeps_its_token_and_expiry() -> None:
    """All four variables are used."""
    credentials = {"AWS_ACCESS_KEY_ID": "ASIA", "AWS_SECRET_ACCESS_KEY": "s", "AWS_SESSION_TOKEN": "t"}
    context = make_context({**credentials, "AWS_CREDENTIAL_EXPIRATION": "2099-01-01T00:00:00Z"})
    got = AmbientProvider(context)(AmbientCredentials("dev", "Environment", "detail"), None)
    assert (got.access_key_id, str(got.secret_access_key), str(got.session_token)) == ("ASIA", "s", "t")
    assert got.expires_at == 4070908800


def test_an_environment_without_credentials_is_an_error(sandbox: Sandbox) -> None:
    """The hint says that shellvault's own session does not count."""
    add_reader(sandbox, "Environment")
    done = sandbox.run(*ENV)
    assert (done.returncode, done.stdout) == (4, "false\n")
    assert "takes its credentials from the environment, and there are none" in done.stderr


def test_a_role_is_assumed_with_the_instances_credentials(sandbox: Sandbox, key: AccessKey) -> None:
    """By IMDSv2, with its token."""
    add_reader(sandbox, "Ec2InstanceMetadata")
    with MetadataService(service_answer(sandbox, key)) as service:
        done = sandbox.run(*ENV, AWS_EC2_METADATA_SERVICE_ENDPOINT=service.url, AWS_EC2_METADATA_DISABLED="false")
    assert (done.returncode, sandbox.aws.world.count("AssumeRole", "ok")) == (0, 1), done.stderr
    assert service.asked == [f"PUT {TOKEN_PATH}", f"GET {ROLES}", f"GET {ROLES}machine"]


def test_an_instance_without_metadata_is_an_error(sandbox: Sandbox) -> None:
    """The status is 8: there was no answer."""
    add_reader(sandbox, "Ec2InstanceMetadata")
    done = sandbox.run(*ENV, AWS_EC2_METADATA_SERVICE_ENDPOINT="http://127.0.0.1:9", AWS_EC2_METADATA_DISABLED="false")
    assert (done.returncode, done.stdout) == (8, "false\n")
    assert "error: http://127.0.0.1:9 could not be reached: no program on this machine listens there\n" in done.stderr
    assert "hint: start it, or unset AWS_EC2_METADATA_SERVICE_ENDPOINT\n" in done.stderr


def test_a_role_is_assumed_with_the_containers_credentials(sandbox: Sandbox, key: AccessKey) -> None:
    """The container's token is sent along."""
    add_reader(sandbox, "EcsContainer")
    with MetadataService(service_answer(sandbox, key), authorization="let me in") as service:
        uri, token = "AWS_CONTAINER_CREDENTIALS_FULL_URI", "AWS_CONTAINER_AUTHORIZATION_TOKEN"
        done = sandbox.run(*ENV, **{uri: f"{service.url}/role", token: service.authorization})
    assert (done.returncode, sandbox.aws.world.count("AssumeRole", "ok")) == (0, 1), done.stderr
    assert service.asked == ["GET /role"]


def test_a_containers_token_may_be_in_a_file(sandbox: Sandbox, key: AccessKey, tmp_path: Path) -> None:
    """As in EKS; the file wins over the variable."""
    add_reader(sandbox, "EcsContainer")
    (tmp_path / "token").write_text("let me in")
    token = "AWS_CONTAINER_AUTHORIZATION_TOKEN"
    with MetadataService(service_answer(sandbox, key), authorization="let me in") as service:
        service_variables = {"AWS_CONTAINER_CREDENTIALS_FULL_URI": f"{service.url}/role", token: "wrong"}
        done = sandbox.run(*ENV, **service_variables, **{f"{token}_FILE": str(tmp_path / "token")})
    assert (done.returncode, sandbox.aws.world.count("AssumeRole", "ok")) == (0, 1), done.stderr


def test_a_relative_uri_wins_over_a_full_one(sandbox: Sandbox, key: AccessKey) -> None:
    """It is on the container's link-local host, which does not answer here."""
    add_reader(sandbox, "EcsContainer")
    with MetadataService(service_answer(sandbox, key)) as service:
        full, relative = "AWS_CONTAINER_CREDENTIALS_FULL_URI", "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"
        done = sandbox.run(*ENV, **{full: f"{service.url}/role", relative: "/role"})
    assert (done.returncode, service.asked) == (8, [])


def test_a_container_is_found_again_in_a_shell_with_the_session(sandbox: Sandbox, key: AccessKey) -> None:
    """`env` unsets the container's variables, which would win; a refresh finds them in its memory."""
    add_reader(sandbox, "EcsContainer")
    with MetadataService(service_answer(sandbox, key)) as service:
        script = 'eval "$(shellvault env reader)" && shellvault clear && eval "$(shellvault env reader)" && env -0'
        done = sandbox.shell("bash", script, AWS_CONTAINER_CREDENTIALS_FULL_URI=f"{service.url}/role")
    assert sandbox.aws.world.count("AssumeRole", "ok") == 2, done.stderr
    assert "AWS_CONTAINER_CREDENTIALS_FULL_URI" not in parse_environment(done.stdout)


def test_a_container_without_a_service_is_an_error(sandbox: Sandbox) -> None:
    """The hint names the variables."""
    add_reader(sandbox, "EcsContainer")
    done = sandbox.run(*ENV, AWS_CONTAINER_CREDENTIALS_FULL_URI="")
    assert (done.returncode, done.stdout) == (8, "false\n")
    assert "takes its credentials from its container, which returned none" in done.stderr


@pytest.mark.parametrize("change", ["AccessKeyId", "SecretAccessKey", "Token", "Expiration"])
def test_an_incomplete_answer_is_an_error(sandbox: Sandbox, key: AccessKey, change: str) -> None:
    """AWS is not called with half of the credentials."""
    add_reader(sandbox, "EcsContainer")
    with MetadataService({**service_answer(sandbox, key), change: ""}) as service:
        done = sandbox.run(*ENV, AWS_CONTAINER_CREDENTIALS_FULL_URI=f"{service.url}/role")
    assert (done.returncode, done.stdout, sandbox.aws.world.calls) == (8, "false\n", [])
    assert "Traceback" not in done.stderr


def test_an_unknown_credential_source_is_an_error(sandbox: Sandbox) -> None:
    """The hint lists the known ones."""
    add_reader(sandbox, "Moon")
    done = sandbox.run(*ENV)
    assert done.returncode == 2
    assert "hint: use Environment, Ec2InstanceMetadata or EcsContainer" in done.stderr


def test_a_credential_source_without_a_role_is_an_error(sandbox: Sandbox) -> None:
    """It gives credentials to roles only."""
    sandbox.configure("[profile reader]\ncredential_source = Environment\n")
    done = sandbox.run(*ENV)
    assert done.returncode == 2
    assert "has a credential_source, but no role to assume with it" in done.stderr


def test_two_sources_are_an_error(sandbox: Sandbox) -> None:
    """As in the AWS CLI."""
    sandbox.configure("[profile reader]\nrole_arn = r\ncredential_source = Environment\nsource_profile = x\n")
    done = sandbox.run(*ENV)
    assert done.returncode == 2
    assert "has both source_profile and credential_source" in done.stderr
