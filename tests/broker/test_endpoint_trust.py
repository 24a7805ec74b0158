"""Endpoint selection: one named only by the environment must belong to AWS or to this machine."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.broker.conftest import MfaUser

ENV = ("env", "reader", "--shell", "bash")
UNREACHABLE = "http://127.0.0.1:9"  # the discard port, where nothing listens
UNTRUSTED = [
    "http://0.0.0.0:{port}",  # reaches the test server, so a call would be recorded
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
@pytest.mark.parametrize("endpoint", UNTRUSTED)
def test_untrusted_endpoint_from_environment_is_refused(user: MfaUser, variable: str, endpoint: str) -> None:
    """The error names the variable and no call is made."""
    done = user.sandbox.run(*ENV, **{variable: endpoint.format(port=user.sandbox.aws.url.rpartition(":")[2])})
    assert (done.returncode, done.stdout) == (2, "false\n")
    assert f"error: {variable} names " in done.stderr
    assert "is not trusted with credentials" in done.stderr
    assert user.sandbox.aws.world.calls == []


def test_loopback_endpoint_is_used_with_a_notice(user: MfaUser) -> None:
    """A loopback endpoint is trusted, but a notice says that it is not AWS."""
    done = user.sandbox.run(*ENV)
    assert (done.returncode, user.sandbox.aws.world.count("AssumeRole")) == (0, 1)
    assert f"shellvault: the credentials come from {user.sandbox.aws.url}, not from AWS\n" in done.stderr


def test_config_file_endpoint_must_use_https(user: MfaUser) -> None:
    """An endpoint in the user's own config file is trusted, but only over HTTPS."""
    text = user.sandbox.config.read_text()
    user.sandbox.config.write_text(text.replace("role/reader", "role/reader\nendpoint_url = http://stranger.example"))
    done = user.sandbox.run(*ENV, AWS_ENDPOINT_URL="")
    assert (done.returncode, done.stdout) == (2, "false\n")
    assert "the config file names the endpoint http://stranger.example, which is not https" in done.stderr


def test_services_section_sets_the_sts_endpoint(user: MfaUser) -> None:
    """`endpoint_url` below `sts =` in a `services` section takes precedence over the profile's `endpoint_url`."""
    text = user.sandbox.config.read_text()
    here = f"role/reader\nservices = local\nendpoint_url = {UNREACHABLE}"
    user.sandbox.config.write_text(text.replace("role/reader", here))
    user.sandbox.configure(f"[services local]\nsts =\n  endpoint_url = {user.sandbox.aws.url}\n")
    assert user.sandbox.run(*ENV, AWS_ENDPOINT_URL="").returncode == 0
    assert user.sandbox.aws.world.count("AssumeRole") == 1


@pytest.mark.parametrize("service", ["sts", "sso", "sso-oidc", "signin", "iam"])
def test_botocore_ignores_endpoint_variables(service: str) -> None:
    """Without an endpoint chosen by shellvault, every service uses AWS's own, whatever the environment says."""
    show = "import sys; from shellvault.aws.client import client; from shellvault.aws.network import Network; "
    show += "print(client(sys.argv[1], 'eu-west-1', '', Network('', {}), None).meta.endpoint_url)"
    endpoint = dict.fromkeys(("AWS_ENDPOINT_URL", f"AWS_ENDPOINT_URL_{service.upper().replace('-', '_')}"), UNREACHABLE)
    words = [sys.executable, "-c", show, service]
    output = subprocess.run(words, env={**os.environ, **endpoint}, capture_output=True, text=True, check=True).stdout
    assert output.strip().startswith("https://")
    assert output.strip().endswith((".amazonaws.com", ".aws.amazon.com"))


@pytest.mark.parametrize(("setting", "sts"), [("", "eu-west-1"), ("sts_regional_endpoints = legacy", "aws-global")])
def test_configured_endpoints_can_be_ignored(user: MfaUser, setting: str, sts: str) -> None:
    """AWS_IGNORE_CONFIGURED_ENDPOINT_URLS selects AWS's own endpoint, unreachable here because of a dead proxy."""
    text = user.sandbox.config.read_text()
    user.sandbox.config.write_text(text.replace("role/reader", f"role/reader\n{setting}"))
    proxy = {"HTTPS_PROXY": UNREACHABLE, "NO_PROXY": "", "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "true"}
    done = user.sandbox.run(*ENV, **proxy)
    assert (done.returncode, done.stdout) == (8, "false\n")
    assert (
        f"error: the proxy {UNREACHABLE.removeprefix('http://')} on the way to STS in {sts} cannot be used"
        in done.stderr
    )
    assert user.sandbox.aws.world.calls == []
