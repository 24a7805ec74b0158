"""`credential_process = shellvault exec P --json`: the AWS CLI and SDKs get credentials from the vault."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import pytest

from tests.commands.role_profiles import add_mfa_role, add_role
from tests.sandbox import SESSION_NAME, SHELLVAULT, aws_cli
from tests.storage.gnome import PASSWORD, gnome_keyring, session_bus

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from tests.sandbox import Sandbox

IDENTITY = ("sts", "get-caller-identity", "--output", "text", "--query", "Arn")


def get_identity(sandbox: Sandbox, profile: str, **extra: str) -> str:
    """Return the identity that AWS reports to the AWS CLI for a profile."""
    done = sandbox.command([aws_cli(), "--profile", profile, *IDENTITY], **extra)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def add_credential_process(sandbox: Sandbox, profile: str, to: str) -> None:
    """Add a profile `to` whose credentials the AWS CLI gets from shellvault."""
    sandbox.configure(
        f"\n[profile {to}]\nregion = eu-west-1\ncredential_process = {SHELLVAULT} exec {profile} --json\n"
    )


@pytest.fixture
def keyring(tmp_path: Path) -> Iterator[Mapping[str, str]]:
    """Start a real, unlocked gnome-keyring, and return the variables that select it."""
    folder = tmp_path / "desktop"
    folder.mkdir()
    with session_bus(folder) as env, gnome_keyring(env, PASSWORD):
        yield {"DBUS_SESSION_BUS_ADDRESS": env["DBUS_SESSION_BUS_ADDRESS"], "SHELLVAULT_BACKEND": "secret-service"}


def test_aws_cli_uses_a_role_from_the_sealed_vault(sandbox: Sandbox) -> None:
    """The CLI runs shellvault with each command, but AWS is called for a session once."""
    add_role(sandbox)
    add_credential_process(sandbox, "reader", "cli")
    for _ in range(2):
        assert get_identity(sandbox, "cli") == f"arn:aws:sts::111122223333:assumed-role/reader/{SESSION_NAME}"
    assert sandbox.aws.world.count("AssumeRole") == 1


def test_aws_cli_uses_a_role_from_the_desktop_keyring(sandbox: Sandbox, keyring: Mapping[str, str]) -> None:
    """Without a passphrase file or a sealed vault."""
    sandbox.env |= {**keyring, "SHELLVAULT_PASSPHRASE_FILE": "/nowhere"}
    add_role(sandbox)
    add_credential_process(sandbox, "reader", "cli")
    assert get_identity(sandbox, "cli") == f"arn:aws:sts::111122223333:assumed-role/reader/{SESSION_NAME}"
    assert not any(path.name.startswith("vault.") for path in sandbox.files())


@pytest.mark.parametrize("vault", ["sealed", "keyring"])
def test_aws_cli_uses_an_mfa_role_after_one_code(sandbox: Sandbox, vault: str, request: pytest.FixtureRequest) -> None:
    """The CLI cannot prompt, and does not need to: one code covers a day of sessions, for other roles too."""
    if vault == "keyring":
        sandbox.env |= request.getfixturevalue("keyring")
    device = add_mfa_role(sandbox)
    other = sandbox.aws.world.role("other", require_mfa=True).arn
    sandbox.configure(f"[profile other]\nrole_arn = {other}\nsource_profile = base\nmfa_serial = {device.serial}\n")
    for profile in ("guarded", "other"):
        add_credential_process(sandbox, profile, f"cli-{profile}")
    assert sandbox.run("exec", "guarded", "-t", device.next_code(), "--", "true").returncode == 0
    for profile in ("guarded", "other"):
        arn = f"arn:aws:sts::111122223333:assumed-role/{profile}/{SESSION_NAME}"
        assert get_identity(sandbox, f"cli-{profile}") == arn
    assert sandbox.aws.world.count("GetSessionToken") == 1


def test_profile_can_be_its_own_credential_process(sandbox: Sandbox) -> None:
    """Both programs share the section, and the AWS CLI assumes its own roles with the key pair."""
    add_role(sandbox)
    section = f"[profile base]\ncredential_process = {SHELLVAULT} exec base --json\n"
    sandbox.config.write_text(sandbox.config.read_text().replace("[profile base]\n", section))
    assert get_identity(sandbox, "base", AWS_DEFAULT_REGION="eu-west-1") == "arn:aws:iam::111122223333:user/alice"
    assert get_identity(sandbox, "reader", AWS_DEFAULT_REGION="eu-west-1").startswith(
        "arn:aws:sts::111122223333:assumed-role/reader/botocore-session-"
    )


def test_json_follows_the_sdk_specification(sandbox: Sandbox) -> None:
    """Exactly these fields, and an expiry in UTC; nothing else on stdout."""
    add_role(sandbox)
    done = sandbox.run("exec", "reader", "--json")
    document = json.loads(done.stdout)
    issued = sandbox.aws.world.credential(document["AccessKeyId"])
    assert issued
    assert issued.session
    assert set(document) == {"Version", "AccessKeyId", "SecretAccessKey", "SessionToken", "Expiration", "AccountId"}
    assert (document["Version"], document["AccountId"]) == (1, "111122223333")
    assert document["SecretAccessKey"] == issued.secret, "wrong secret for this key ID"
    assert document["SessionToken"] == issued.session.token, "wrong token for this key ID"
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", document["Expiration"])


def test_json_of_a_key_pair_has_no_token_or_expiry(sandbox: Sandbox) -> None:
    """With --no-session."""
    key = sandbox.aws.world.user("alice").access_key()
    sandbox.add("base", key)
    document = json.loads(sandbox.run("exec", "base", "--json", "--no-session").stdout)
    assert document == {"Version": 1, "AccessKeyId": key.id, "SecretAccessKey": key.secret}, "wrong key pair"


def test_json_and_a_command_are_mutually_exclusive(sandbox: Sandbox) -> None:
    """Nothing is run and nothing is printed."""
    sandbox.add("base", sandbox.aws.world.user("alice").access_key())
    done = sandbox.run("exec", "base", "--json", "--", "echo", "REACHED")
    assert (done.returncode, done.stdout) == (2, "")


def test_failure_prints_no_json(sandbox: Sandbox) -> None:
    """SDKs show stderr, or nothing; partial JSON would only confuse them."""
    device = add_mfa_role(sandbox)
    done = sandbox.run("exec", "guarded", "--json")
    assert (done.returncode, done.stdout) == (6, "")
    assert device.serial in done.stderr or "terminal" in done.stderr
