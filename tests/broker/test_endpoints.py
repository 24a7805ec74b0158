"""Which endpoint is asked: one that only the environment names must be AWS's own or this machine."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.broker.conftest import Person

ENV = ("env", "reader", "--shell", "bash")
NOBODY = "http://127.0.0.1:9"  # the discard port, where nobody listens
STRANGERS = [
    "http://0.0.0.0:{port}",  # reaches the test server, so that a call would be seen
    "http://[::ffff:127.0.0.1]:{port}",
    "http://2130706433:{port}",
    "http://127.0.0.1:{port}@stranger.example",
    "http://localhost.stranger.example:{port}",
    "http://sts.amazonaws.com:{port}",
    "https://sts.amazonaws.com.stranger.example",
    "https://stranger.example",
    "ftp://127.0.0.1:{port}",
]


@pytest.mark.parametrize("variable", ["AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_STS"])
@pytest.mark.parametrize("stranger", STRANGERS)
def test_a_stranger_named_by_the_environment_is_not_asked(person: Person, variable: str, stranger: str) -> None:
    """The error names the variable; no call is made."""
    done = person.sandbox.run(*ENV, **{variable: stranger.format(port=person.sandbox.aws.url.rpartition(":")[2])})
    assert (done.returncode, done.stdout) == (2, "false\n")
    assert f"error: {variable} names " in done.stderr
    assert "it is not trusted with credentials" in done.stderr
    assert person.sandbox.aws.world.calls == []


def test_this_machine_is_asked_with_a_notice(person: Person) -> None:
    """A loopback endpoint is somebody's own; that it is not AWS is said."""
    done = person.sandbox.run(*ENV)
    assert (done.returncode, person.sandbox.aws.world.count("AssumeRole")) == (0, 1)
    assert f"shellvault: the credentials come from {person.sandbox.aws.url}, not from AWS\n" in done.stderr


def test_the_config_file_may_not_name_a_stranger_without_tls(person: Person) -> None:
    """What the person's own file names is trusted, but only over https."""
    text = person.sandbox.config.read_text()
    person.sandbox.config.write_text(text.replace("role/reader", "role/reader\nendpoint_url = http://stranger.example"))
    done = person.sandbox.run(*ENV, AWS_ENDPOINT_URL="")
    assert (done.returncode, done.stdout) == (2, "false\n")
    assert "the config file names the endpoint http://stranger.example, which is not https" in done.stderr


def test_a_services_section_names_the_endpoint_of_sts_alone(person: Person) -> None:
    """`services` with `sts =` and `endpoint_url` below it is honoured, and wins over the profile's endpoint_url."""
    text = person.sandbox.config.read_text()
    here = f"role/reader\nservices = local\nendpoint_url = {NOBODY}"
    person.sandbox.config.write_text(text.replace("role/reader", here))
    person.sandbox.configure(f"[services local]\nsts =\n  endpoint_url = {person.sandbox.aws.url}\n")
    assert person.sandbox.run(*ENV, AWS_ENDPOINT_URL="").returncode == 0
    assert person.sandbox.aws.world.count("AssumeRole") == 1


@pytest.mark.parametrize("service", ["sts", "sso", "sso-oidc", "signin", "iam"])
def test_botocore_chooses_no_endpoint_by_itself(service: str) -> None:
    """What the environment names is checked first; where no endpoint is chosen it is AWS's own, for every service."""
    show = "import sys; from shellvault.aws.client import client; "
    show += "print(client(sys.argv[1], 'eu-west-1', '', '', None).meta.endpoint_url)"
    stranger = dict.fromkeys(("AWS_ENDPOINT_URL", f"AWS_ENDPOINT_URL_{service.upper().replace('-', '_')}"), NOBODY)
    words = [sys.executable, "-c", show, service]
    asked = subprocess.run(words, env={**os.environ, **stranger}, capture_output=True, text=True, check=True).stdout
    assert asked.strip().startswith("https://")
    assert asked.strip().endswith((".amazonaws.com", ".aws.amazon.com"))


@pytest.mark.parametrize(("setting", "sts"), [("", "eu-west-1"), ("sts_regional_endpoints = legacy", "aws-global")])
def test_configured_endpoints_can_be_ignored(person: Person, setting: str, sts: str) -> None:
    """With AWS_IGNORE_CONFIGURED_ENDPOINT_URLS the endpoint is AWS's own, here behind a proxy that is not there."""
    text = person.sandbox.config.read_text()
    person.sandbox.config.write_text(text.replace("role/reader", f"role/reader\n{setting}"))
    proxy = {"HTTPS_PROXY": NOBODY, "NO_PROXY": "", "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "true"}
    done = person.sandbox.run(*ENV, **proxy)
    assert (done.returncode, done.stdout) == (8, "false\n")
    assert f"error: STS in {sts} could not be reached (ProxyConnectionError)" in done.stderr
    assert person.sandbox.aws.world.calls == []
