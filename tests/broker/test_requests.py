"""The exact requests sent to AWS: durations and their limits, tags, names, regions."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.aws.world import ACCOUNT
from tests.sandbox import SESSION_NAME

if TYPE_CHECKING:
    from tests.broker.conftest import MfaUser
    from tests.sandbox import Sandbox

HOUR = 3600


def test_key_pair_session_lasts_one_hour(user: MfaUser) -> None:
    """Without MFA, GetSessionToken gets no parameter but the duration."""
    _run_env(user, "base")
    assert _list_requests(user.sandbox) == [("GetSessionToken", {"DurationSeconds": "3600"})]


def test_one_hour_role_is_assumed_with_a_twelve_hour_mfa_session(user: MfaUser) -> None:
    """One code a day: the MFA session is shared, and the role is assumed with it without a code."""
    user.prompter.answer(user.device.next_code())
    _run_env(user, "admin")
    serial = {"SerialNumber": user.device.serial, "TokenCode": "…"}
    assert _list_requests(user.sandbox) == [
        ("GetSessionToken", {"DurationSeconds": "43200", **serial}),
        ("AssumeRole", _role_params("admin", "3600")),
    ]


def test_longer_role_session_uses_the_key_pair_and_its_own_mfa_code(user: MfaUser) -> None:
    """With a session token AWS would limit the role to one hour, so two hours are requested with the key pair."""
    user.sandbox.aws.world.role("admin", require_mfa=True, max_duration=2 * HOUR)
    user.prompter.answer(user.device.next_code())
    _run_env(user, "admin", "--duration", "2h")
    serial = {"SerialNumber": user.device.serial, "TokenCode": "…"}
    assert _list_requests(user.sandbox) == [("AssumeRole", {**_role_params("admin", "7200"), **serial})]


def test_role_without_mfa_uses_no_session_token(user: MfaUser) -> None:
    """The role is assumed directly with the key pair."""
    _run_env(user, "reader")
    assert _list_requests(user.sandbox) == [("AssumeRole", _role_params("reader", "3600"))]
    assert user.sandbox.aws.world.calls[0].access_key_id == user.key.id


def test_chained_role_is_limited_to_one_hour(user: MfaUser) -> None:
    """A notice explains AWS's limit on role chaining; the intermediate role keeps its own duration."""
    trusts = [f"arn:aws:iam::{ACCOUNT}:role/reader"]
    user.sandbox.aws.world.role("far", trusts=trusts)
    user.sandbox.configure(f"[profile far]\nrole_arn = arn:aws:iam::{ACCOUNT}:role/far\nsource_profile = reader\n")
    stderr = _run_env(user, "far", "--duration", "3h")
    assert "role 'far' over another role lasts 1 h at most; 3 h was requested" in stderr
    assert _list_requests(user.sandbox) == [("AssumeRole", _role_params(name, "3600")) for name in ("reader", "far")]


@pytest.mark.parametrize(
    ("words", "expected", "notice"),
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
def test_duration_is_reduced_to_the_aws_limit_with_a_notice(
    user: MfaUser, words: tuple[str, ...], expected: tuple[str, int], notice: str
) -> None:
    """The limit is 36 hours for a session token and 12 for a role; `--duration` overrides duration_seconds."""
    arn = user.sandbox.aws.world.role("long", max_duration=12 * HOUR).arn
    user.sandbox.configure(f"[profile long]\nrole_arn = {arn}\nsource_profile = base\nduration_seconds = 7200\n")
    stderr = _run_env(user, *words)
    assert [(name, int(sent["DurationSeconds"])) for name, sent in _list_requests(user.sandbox)] == [expected]
    assert (notice in stderr) if notice else ("at most" not in stderr)


def test_exceeding_the_maximum_session_duration_is_explained(user: MfaUser) -> None:
    """AWS's refusal is reported with a hint on how to resolve it."""
    done = user.sandbox.run("env", "reader", "--shell", "bash", "--duration", "2h")
    assert (done.returncode, done.stdout) == (7, "false\n")
    assert "MaxSessionDuration" in done.stderr
    assert "hint: request less with --duration, or raise the role's maximum session duration" in done.stderr


def test_all_role_settings_are_sent(user: MfaUser) -> None:
    """Tags, transitive tags, source identity, external ID and session name reach AWS exactly as configured."""
    arn = user.sandbox.aws.world.role("full", external_id="sample:1").arn
    user.sandbox.configure(
        f"[profile full]\nrole_arn = {arn}\nsource_profile = base\nexternal_id = sample:1\n"
        "role_session_name = alice@desk\nsource_identity = alice\nduration_seconds = 900\n"
        "session_tags = team=core, cost centre=a b\ntransitive_session_tags = team\n"
    )
    _run_env(user, "full")
    assert _list_requests(user.sandbox) == [
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
def test_call_is_signed_for_the_profile_region(user: MfaUser, settings: str, partition: str, region: str) -> None:
    """The profile's region, else the home region of the role's partition; `legacy` affects only AWS's own endpoints."""
    world = user.sandbox.aws.world
    user.sandbox.add("local", world.user(partition=partition).access_key(), "--no-config")
    arn = world.role("local", partition=partition).arn
    user.sandbox.configure(f"[profile there]\nrole_arn = {arn}\nsource_profile = local\n{settings}\n")
    _run_env(user, "there")
    assert [call.region for call in world.calls] == [region]


def _run_env(user: MfaUser, *words: str) -> str:
    """Run `env` and return its stderr."""
    done = user.sandbox.run("env", *words, "--shell", "bash")
    assert done.returncode == 0, done.stderr
    return done.stderr


def _list_requests(sandbox: Sandbox) -> list[tuple[str, dict[str, str]]]:
    return [(call.action, call.params) for call in sandbox.aws.world.calls]


def _role_params(name: str, seconds: str) -> dict[str, str]:
    arn = f"arn:aws:iam::{ACCOUNT}:role/{name}"
    return {"RoleArn": arn, "RoleSessionName": SESSION_NAME, "DurationSeconds": seconds}
