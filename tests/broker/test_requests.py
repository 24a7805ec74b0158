"""The exact requests that reach AWS: durations and their caps, tags, names, regions."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.aws.world import ACCOUNT

if TYPE_CHECKING:
    from tests.broker.conftest import Person
    from tests.sandbox import Sandbox

HOUR = 3600


def test_a_key_pairs_session_lasts_an_hour(person: Person) -> None:
    """GetSessionToken without MFA: one hour, and nothing else is said."""
    _run(person, "base")
    assert _requests(person.sandbox) == [("GetSessionToken", {"DurationSeconds": "3600"})]


def test_a_role_of_an_hour_goes_over_an_mfa_session_of_twelve(person: Person) -> None:
    """One code a day: the MFA session is the shared one, and the role is assumed over it without a code."""
    person.questions.give(person.device.next_code())
    _run(person, "admin")
    serial = {"SerialNumber": person.device.serial, "TokenCode": "…"}
    assert _requests(person.sandbox) == [
        ("GetSessionToken", {"DurationSeconds": "43200", **serial}),
        ("AssumeRole", _role("admin", "3600")),
    ]


def test_a_longer_role_is_assumed_straight_with_a_code_of_its_own(person: Person) -> None:
    """Over a session token AWS would cap it at an hour, so two hours are asked for with the key pair itself."""
    person.sandbox.aws.world.role("admin", require_mfa=True, max_duration=2 * HOUR)
    person.questions.give(person.device.next_code())
    _run(person, "admin", "--duration", "2h")
    serial = {"SerialNumber": person.device.serial, "TokenCode": "…"}
    assert _requests(person.sandbox) == [("AssumeRole", {**_role("admin", "7200"), **serial})]


def test_a_role_without_mfa_has_no_session_token_in_between(person: Person) -> None:
    """It is assumed straight from the key pair."""
    _run(person, "reader")
    assert _requests(person.sandbox) == [("AssumeRole", _role("reader", "3600"))]
    assert person.sandbox.aws.world.calls[0].access_key_id == person.key.id


def test_a_role_over_a_role_is_capped_at_an_hour(person: Person) -> None:
    """AWS's limit for role chaining is kept to, with a notice; the role in between has its own duration."""
    trusts = [f"arn:aws:iam::{ACCOUNT}:role/reader"]
    person.sandbox.aws.world.role("far", trusts=trusts)
    person.sandbox.configure(f"[profile far]\nrole_arn = arn:aws:iam::{ACCOUNT}:role/far\nsource_profile = reader\n")
    said = _run(person, "far", "--duration", "3h")
    assert "role 'far' over another role lasts 1 h at most; 3 h were asked for" in said
    assert _requests(person.sandbox) == [("AssumeRole", _role(name, "3600")) for name in ("reader", "far")]


@pytest.mark.parametrize(
    ("words", "asked", "notice"),
    [
        (
            ("base", "--duration", "40h"),
            ("GetSessionToken", 36 * HOUR),
            "a session token for 'base' lasts 36 h at most",
        ),
        (("base", "--duration", "36h"), ("GetSessionToken", 36 * HOUR), ""),
        (("long", "--duration", "13h"), ("AssumeRole", 12 * HOUR), "role 'long' lasts 12 h at most"),
        (("long", "--duration", "12h"), ("AssumeRole", 12 * HOUR), ""),
        (("long",), ("AssumeRole", 2 * HOUR), ""),
    ],
)
def test_what_aws_caps_is_capped_with_a_notice(
    person: Person, words: tuple[str, ...], asked: tuple[str, int], notice: str
) -> None:
    """36 hours for a session token, 12 for a role; `--duration` comes before duration_seconds."""
    arn = person.sandbox.aws.world.role("long", max_duration=12 * HOUR).arn
    person.sandbox.configure(f"[profile long]\nrole_arn = {arn}\nsource_profile = base\nduration_seconds = 7200\n")
    said = _run(person, *words)
    assert [(name, int(sent["DurationSeconds"])) for name, sent in _requests(person.sandbox)] == [asked]
    assert (notice in said) if notice else ("at most" not in said)


def test_more_than_the_role_allows_is_explained(person: Person) -> None:
    """AWS's refusal is passed on with what to do about it."""
    done = person.sandbox.run("env", "reader", "--shell", "bash", "--duration", "2h")
    assert (done.returncode, done.stdout) == (7, "false\n")
    assert "MaxSessionDuration" in done.stderr
    assert "hint: ask for less with --duration, or raise the role's maximum session duration" in done.stderr


def test_everything_a_role_may_say_is_said(person: Person) -> None:
    """Tags, transitive tags, source identity, external id and session name reach AWS as they stand in the config."""
    arn = person.sandbox.aws.world.role("full", external_id="sample:1").arn
    person.sandbox.configure(
        f"[profile full]\nrole_arn = {arn}\nsource_profile = base\nexternal_id = sample:1\n"
        "role_session_name = alice@desk\nsource_identity = alice\nduration_seconds = 900\n"
        "session_tags = team=core, cost centre=a b\ntransitive_session_tags = team\n"
    )
    _run(person, "full")
    assert _requests(person.sandbox) == [
        (
            "AssumeRole",
            {
                "RoleArn": arn,
                "RoleSessionName": "alice@desk",
                "DurationSeconds": "900",
                "ExternalId": "sample:1",
                "SourceIdentity": "alice",
                "Tags.member.1.Key": "team",
                "Tags.member.1.Value": "core",
                "Tags.member.2.Key": "cost centre",
                "Tags.member.2.Value": "a b",
                "TransitiveTagKeys.member.1": "team",
            },
        )
    ]


@pytest.mark.parametrize(
    ("settings", "partition", "region"),
    [
        ("region = eu-west-1", "aws", "eu-west-1"),
        ("", "aws", "us-east-1"),
        ("", "aws-cn", "cn-north-1"),
        ("", "aws-us-gov", "us-gov-west-1"),
        ("region = eu-west-1\nsts_regional_endpoints = legacy", "aws", "eu-west-1"),
    ],
)
def test_the_call_is_signed_for_the_region_of_the_profile(
    person: Person, settings: str, partition: str, region: str
) -> None:
    """The profile's region, else the home region of the role's partition; `legacy` is for AWS's own endpoints only."""
    world = person.sandbox.aws.world
    person.sandbox.add("local", world.user(partition=partition).access_key(), "--no-config")
    arn = world.role("local", partition=partition).arn
    person.sandbox.configure(f"[profile there]\nrole_arn = {arn}\nsource_profile = local\n{settings}\n")
    _run(person, "there")
    assert [call.region for call in world.calls] == [region]


def _run(person: Person, *words: str) -> str:
    """Run `env` and return what it said on stderr."""
    done = person.sandbox.run("env", *words, "--shell", "bash")
    assert done.returncode == 0, done.stderr
    return done.stderr


def _requests(sandbox: Sandbox) -> list[tuple[str, dict[str, str]]]:
    return [(call.action, call.params) for call in sandbox.aws.world.calls]


def _role(name: str, seconds: str) -> dict[str, str]:
    arn = f"arn:aws:iam::{ACCOUNT}:role/{name}"
    return {"RoleArn": arn, "RoleSessionName": f"shellvault-{name}", "DurationSeconds": seconds}
