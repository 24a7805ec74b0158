"""`doctor` says which credentials each SDK would use in this shell; the real clients, asked who they are, agree."""

from __future__ import annotations

import re
import sys
from typing import TYPE_CHECKING

import pytest

from tests.commands.test_doctor import run_doctor
from tests.endpoint.serving import NODE_PACKAGES
from tests.endpoint.test_clients import IDENTITY, QUERY
from tests.sandbox import aws_cli

if TYPE_CHECKING:
    from tests.sandbox import Sandbox

BOTO3 = "import boto3; print(boto3.client('sts').get_caller_identity()['Arn'])"
CLIENTS = {
    "the AWS CLI": ((aws_cli(), *QUERY), (sys.executable, "-c", BOTO3)),
    "JavaScript": (("node", str(IDENTITY)),),
}
KEYS = "the keys in AWS_ACCESS_KEY_ID"
PAIR = "profile '{}' (a key pair)"
CASES = {
    "keys": (KEYS, KEYS),
    "keys AWS_PROFILE": (KEYS, PAIR.format("bob")),
    "AWS_PROFILE": (PAIR.format("bob"), PAIR.format("bob")),
    "AWS_DEFAULT_PROFILE": (PAIR.format("carol"), PAIR.format("default")),
    "AWS_PROFILE AWS_DEFAULT_PROFILE": (PAIR.format("carol"), PAIR.format("bob")),
    "keys AWS_DEFAULT_PROFILE": (KEYS, KEYS),
    "": (PAIR.format("default"), PAIR.format("default")),
}
"""What is set in the shell -> what boto3 and the AWS CLI use, and what the SDK for JavaScript uses."""
PROFILES = {"AWS_PROFILE": "bob", "AWS_DEFAULT_PROFILE": "carol"}


def prepare(sandbox: Sandbox, given: str) -> tuple[dict[str, str], dict[str, str]]:
    """Write a credentials file; return the environment of a case, and the user behind each winner."""
    users = {PAIR.format(name): name for name in ("default", "bob", "carol")} | {KEYS: "alice"}
    keys = {name: sandbox.aws.world.user(name).access_key() for name in users.values()}
    file = sandbox.home / ".aws" / "credentials"
    file.parent.mkdir(exist_ok=True)
    file.touch(0o600)
    sections = (
        f"[{name}]\naws_access_key_id={keys[name].id}\naws_secret_access_key={keys[name].secret}\n"
        for name in ("default", "bob", "carol")
    )
    file.write_text("".join(sections))
    environ = {"AWS_REGION": "eu-west-1", "AWS_DEFAULT_REGION": "eu-west-1", "NODE_PATH": str(NODE_PACKAGES)}
    environ |= {name: PROFILES[name] for name in given.split() if name in PROFILES}
    if "keys" in given:
        environ |= {"AWS_ACCESS_KEY_ID": keys["alice"].id, "AWS_SECRET_ACCESS_KEY": keys["alice"].secret}
    return environ, users


@pytest.mark.parametrize("given", CASES)
def test_the_winner_is_the_one_that_real_clients_use(sandbox: Sandbox, given: str) -> None:
    """Keys in the environment, two variables that name profiles, and the default profile."""
    environ, users = prepare(sandbox, given)
    findings = run_doctor(sandbox, **environ).findings
    told = {who: message for message in findings for who in CLIENTS if who in message and "would use" in message}
    for (who, programs), winner in zip(CLIENTS.items(), CASES[given], strict=True):
        assert re.findall(r"would use ([^;]*)", told[who]) == [winner]
        for argv in programs:
            done = sandbox.command(list(argv), **environ)
            assert done.stdout.split()[0].endswith(f":user/{users[winner]}"), done.stderr


def test_what_the_winner_hides_is_named(sandbox: Sandbox) -> None:
    """Where the SDKs disagree, it is a warning, and the fix makes them agree."""
    environ, _users = prepare(sandbox, "keys AWS_PROFILE")
    findings = run_doctor(sandbox, **environ).findings
    message = "boto3, the AWS CLI and the SDKs for Go and Java would use the keys in AWS_ACCESS_KEY_ID"
    assert findings[f"{message}; that hides profile 'bob' (a key pair)"] == ("warn", "unset AWS_PROFILE")
    del environ["AWS_PROFILE"]
    message = "boto3, the AWS CLI and the SDKs for JavaScript, Go and Java would use the keys"
    assert run_doctor(sandbox, **environ).find(message, "hides profile 'default' (a key pair)") == ("ok", "")


def test_a_session_of_ours_is_named(sandbox: Sandbox) -> None:
    """By its profile, also if an endpoint gives it; without any, nothing is found."""
    sandbox.add("base", sandbox.aws.world.user("alice").access_key())
    shown = sandbox.shell("bash", 'eval "$(shellvault env base)"; shellvault doctor').stdout
    assert "would use the session of 'base'\n" in shown
    assert "would find no credentials in this shell\n" in sandbox.run("doctor").stdout
    environ = {"AWS_CONTAINER_CREDENTIALS_FULL_URI": "http://127.0.0.1:1/x"}
    assert run_doctor(sandbox, **environ).find("the endpoint that AWS_CONTAINER_CREDENTIALS_FULL_URI names")[0] == "ok"


def test_a_web_identity_comes_before_a_profile_for_some(sandbox: Sandbox) -> None:
    """The SDK for JavaScript looks at the profile first."""
    environ, _users = prepare(sandbox, "AWS_PROFILE")
    found = run_doctor(sandbox, **{**environ, "AWS_WEB_IDENTITY_TOKEN_FILE": "/nowhere"})
    token, pair = "the web identity that AWS_WEB_IDENTITY_TOKEN_FILE names", PAIR.format("bob")
    assert found.find("boto3, ", f"would use {token}; that hides {pair}")[0] == "warn"
    assert found.find("JavaScript", f"would use {pair}; that hides {token}")[0] == "warn"
