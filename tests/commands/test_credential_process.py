"""`credential_process = shellvault exec P --json`: the AWS CLI and SDKs get their credentials from the vault."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import pytest

from tests.commands.people import with_mfa, with_role
from tests.sandbox import SHELLVAULT, aws_cli
from tests.storage.gnome import PASSWORD, gnome_keyring, session_bus

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from tests.sandbox import Sandbox

IDENTITY = ("sts", "get-caller-identity", "--output", "text", "--query", "Arn")


def says(sandbox: Sandbox, profile: str, **extra: str) -> str:
    """Return the identity that AWS sees in the AWS CLI with a profile."""
    done = sandbox.command([aws_cli(), "--profile", profile, *IDENTITY], **extra)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def hand_over(sandbox: Sandbox, profile: str, to: str) -> None:
    """Let the AWS CLI's profile `to` take its credentials from ours."""
    sandbox.configure(
        f"\n[profile {to}]\nregion = eu-west-1\ncredential_process = {SHELLVAULT} exec {profile} --json\n"
    )


@pytest.fixture
def keyring(tmp_path: Path) -> Iterator[Mapping[str, str]]:
    """Return what leads to a real, unlocked gnome-keyring of its own, chosen as the vault."""
    folder = tmp_path / "desktop"
    folder.mkdir()
    with session_bus(folder) as env, gnome_keyring(env, PASSWORD):
        yield {"DBUS_SESSION_BUS_ADDRESS": env["DBUS_SESSION_BUS_ADDRESS"], "SHELLVAULT_BACKEND": "secret-service"}


def test_a_role_from_the_sealed_vault(sandbox: Sandbox) -> None:
    """The CLI asks again with each command; AWS is asked for a session once."""
    with_role(sandbox)
    hand_over(sandbox, "reader", "cli")
    for _ in range(2):
        assert says(sandbox, "cli") == "arn:aws:sts::111122223333:assumed-role/reader/shellvault-reader"
    assert sandbox.aws.world.count("AssumeRole") == 1


def test_a_role_from_the_desktops_keyring(sandbox: Sandbox, keyring: Mapping[str, str]) -> None:
    """With no passphrase file and no sealed vault anywhere."""
    sandbox.env |= {**keyring, "SHELLVAULT_PASSPHRASE_FILE": "/nowhere"}
    with_role(sandbox)
    hand_over(sandbox, "reader", "cli")
    assert says(sandbox, "cli") == "arn:aws:sts::111122223333:assumed-role/reader/shellvault-reader"
    assert not any(path.name.startswith("vault.") for path in sandbox.files())


@pytest.mark.parametrize("vault", ["sealed", "keyring"])
def test_a_role_with_mfa_whose_code_was_given_before(
    sandbox: Sandbox, vault: str, request: pytest.FixtureRequest
) -> None:
    """The CLI cannot ask, and need not: the code of the morning lasts the day, for other roles too."""
    if vault == "keyring":
        sandbox.env |= request.getfixturevalue("keyring")
    device = with_mfa(sandbox)
    other = sandbox.aws.world.role("other", require_mfa=True).arn
    sandbox.configure(f"[profile other]\nrole_arn = {other}\nsource_profile = base\nmfa_serial = {device.serial}\n")
    for profile in ("guarded", "other"):
        hand_over(sandbox, profile, f"cli-{profile}")
    assert sandbox.run("exec", "guarded", "-t", device.next_code(), "--", "true").returncode == 0
    for profile in ("guarded", "other"):
        arn = f"arn:aws:sts::111122223333:assumed-role/{profile}/shellvault-{profile}"
        assert says(sandbox, f"cli-{profile}") == arn
    assert sandbox.aws.world.count("GetSessionToken") == 1


def test_a_profile_that_has_its_own_key_names_itself(sandbox: Sandbox) -> None:
    """One section for both programs; and the AWS CLI assumes its own roles over it."""
    with_role(sandbox)
    section = f"[profile base]\ncredential_process = {SHELLVAULT} exec base --json\n"
    sandbox.config.write_text(sandbox.config.read_text().replace("[profile base]\n", section))
    assert says(sandbox, "base", AWS_DEFAULT_REGION="eu-west-1") == "arn:aws:iam::111122223333:user/alice"
    assert says(sandbox, "reader", AWS_DEFAULT_REGION="eu-west-1").startswith(
        "arn:aws:sts::111122223333:assumed-role/reader/botocore-session-"
    )


def test_the_json_is_what_the_sdks_specify(sandbox: Sandbox) -> None:
    """These fields, in these words, and an expiry with its offset; nothing else on stdout."""
    with_role(sandbox)
    done = sandbox.run("exec", "reader", "--json")
    document = json.loads(done.stdout)
    minted = sandbox.aws.world.credential(document["AccessKeyId"])
    assert minted
    assert minted.session
    assert set(document) == {"Version", "AccessKeyId", "SecretAccessKey", "SessionToken", "Expiration"}
    assert document["Version"] == 1
    assert document["SecretAccessKey"] == minted.secret, "not the secret of this key id"
    assert document["SessionToken"] == minted.session.token, "not the token of this key id"
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", document["Expiration"])


def test_a_key_pair_itself_has_neither_token_nor_expiry(sandbox: Sandbox) -> None:
    """With --no-session."""
    key = sandbox.aws.world.user("alice").access_key()
    sandbox.add("base", key)
    document = json.loads(sandbox.run("exec", "base", "--json", "--no-session").stdout)
    assert document == {"Version": 1, "AccessKeyId": key.id, "SecretAccessKey": key.secret}, "not the key pair"


def test_json_and_a_command_exclude_each_other(sandbox: Sandbox) -> None:
    """Nothing is run and nothing is printed."""
    sandbox.add("base", sandbox.aws.world.user("alice").access_key())
    done = sandbox.run("exec", "base", "--json", "--", "echo", "REACHED")
    assert (done.returncode, done.stdout) == (2, "")


def test_a_failure_prints_no_json(sandbox: Sandbox) -> None:
    """The SDKs show what stands on stderr, or nothing; half a document would confuse them."""
    device = with_mfa(sandbox)
    done = sandbox.run("exec", "guarded", "--json")
    assert (done.returncode, done.stdout) == (6, "")
    assert device.serial in done.stderr or "terminal" in done.stderr
