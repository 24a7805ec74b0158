"""`credential_process = shellvault exec P --json`: the AWS CLI and SDKs get their credentials from the vault."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import pytest

from tests.commands.people import with_mfa, with_role
from tests.house import SHELLVAULT, aws_cli
from tests.stores.gnome import PASSWORD, gnome_keyring, session_bus

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from tests.house import House

IDENTITY = ("sts", "get-caller-identity", "--output", "text", "--query", "Arn")


def says(house: House, profile: str, **extra: str) -> str:
    """Return the identity that AWS sees in the AWS CLI with a profile."""
    done = house.command([aws_cli(), "--profile", profile, *IDENTITY], **extra)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def hand_over(house: House, profile: str, to: str) -> None:
    """Let the AWS CLI's profile `to` take its credentials from ours."""
    house.configure(f"\n[profile {to}]\nregion = eu-west-1\ncredential_process = {SHELLVAULT} exec {profile} --json\n")


@pytest.fixture
def keyring(tmp_path: Path) -> Iterator[Mapping[str, str]]:
    """Return what leads to a real, unlocked gnome-keyring of its own, chosen as the vault."""
    folder = tmp_path / "desktop"
    folder.mkdir()
    with session_bus(folder) as env, gnome_keyring(env, PASSWORD):
        yield {"DBUS_SESSION_BUS_ADDRESS": env["DBUS_SESSION_BUS_ADDRESS"], "SHELLVAULT_BACKEND": "secret-service"}


def test_a_role_from_the_sealed_vault(house: House) -> None:
    """The CLI asks again with each command; AWS is asked for a session once."""
    with_role(house)
    hand_over(house, "reader", "cli")
    for _ in range(2):
        assert says(house, "cli") == "arn:aws:sts::111122223333:assumed-role/reader/shellvault-reader"
    assert house.aws.world.count("AssumeRole") == 1


def test_a_role_from_the_desktops_keyring(house: House, keyring: Mapping[str, str]) -> None:
    """With no passphrase file and no sealed vault anywhere."""
    house.env |= {**keyring, "SHELLVAULT_PASSPHRASE_FILE": "/nowhere"}
    with_role(house)
    hand_over(house, "reader", "cli")
    assert says(house, "cli") == "arn:aws:sts::111122223333:assumed-role/reader/shellvault-reader"
    assert not any(path.name.startswith("vault.") for path in house.files())


@pytest.mark.parametrize("vault", ["sealed", "keyring"])
def test_a_role_with_mfa_whose_code_was_given_before(house: House, vault: str, request: pytest.FixtureRequest) -> None:
    """The CLI cannot ask, and need not: the code of the morning lasts the day, for other roles too."""
    if vault == "keyring":
        house.env |= request.getfixturevalue("keyring")
    device = with_mfa(house)
    other = house.aws.world.role("other", require_mfa=True).arn
    house.configure(f"[profile other]\nrole_arn = {other}\nsource_profile = base\nmfa_serial = {device.serial}\n")
    for profile in ("guarded", "other"):
        hand_over(house, profile, f"cli-{profile}")
    assert house.run("exec", "guarded", "-t", device.next_code(), "--", "true").returncode == 0
    for profile in ("guarded", "other"):
        arn = f"arn:aws:sts::111122223333:assumed-role/{profile}/shellvault-{profile}"
        assert says(house, f"cli-{profile}") == arn
    assert house.aws.world.count("GetSessionToken") == 1


def test_a_profile_that_has_its_own_key_names_itself(house: House) -> None:
    """One section for both programs; and the AWS CLI assumes its own roles over it."""
    with_role(house)
    section = f"[profile base]\ncredential_process = {SHELLVAULT} exec base --json\n"
    house.config.write_text(house.config.read_text().replace("[profile base]\n", section))
    assert says(house, "base", AWS_DEFAULT_REGION="eu-west-1") == "arn:aws:iam::111122223333:user/alice"
    assert says(house, "reader", AWS_DEFAULT_REGION="eu-west-1").startswith(
        "arn:aws:sts::111122223333:assumed-role/reader/botocore-session-"
    )


def test_the_json_is_what_the_sdks_specify(house: House) -> None:
    """These fields, in these words, and an expiry with its offset; nothing else on stdout."""
    with_role(house)
    done = house.run("exec", "reader", "--json")
    document = json.loads(done.stdout)
    minted = house.aws.world.credential(document["AccessKeyId"])
    assert minted
    assert minted.session
    assert set(document) == {"Version", "AccessKeyId", "SecretAccessKey", "SessionToken", "Expiration"}
    assert document["Version"] == 1
    assert document["SecretAccessKey"] == minted.secret, "not the secret of this key id"
    assert document["SessionToken"] == minted.session.token, "not the token of this key id"
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", document["Expiration"])


def test_a_key_pair_itself_has_neither_token_nor_expiry(house: House) -> None:
    """With --no-session."""
    key = house.aws.world.user("alice").access_key()
    house.add("base", key)
    document = json.loads(house.run("exec", "base", "--json", "--no-session").stdout)
    assert document == {"Version": 1, "AccessKeyId": key.id, "SecretAccessKey": key.secret}, "not the key pair"


def test_json_and_a_command_exclude_each_other(house: House) -> None:
    """Nothing is run and nothing is printed."""
    house.add("base", house.aws.world.user("alice").access_key())
    done = house.run("exec", "base", "--json", "--", "echo", "REACHED")
    assert (done.returncode, done.stdout) == (2, "")


def test_a_failure_prints_no_json(house: House) -> None:
    """The SDKs show what stands on stderr, or nothing; half a document would confuse them."""
    device = with_mfa(house)
    done = house.run("exec", "guarded", "--json")
    assert (done.returncode, done.stdout) == (6, "")
    assert device.serial in done.stderr or "terminal" in done.stderr
