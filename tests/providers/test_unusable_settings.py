"""Settings that botocore cannot use: each is a usage error that names the setting, before anything is sent."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from shellvault.aws.client import client
from shellvault.aws.console import fetch_sign_in_token
from shellvault.aws.network import Network, find_network
from shellvault.core.errors import UsageError
from shellvault.core.model import Session
from shellvault.core.record import Secret
from tests.commands.role_profiles import add_role
from tests.providers.stand_in_proxy import StandInProxy
from tests.ui.settings_factory import make_settings

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.sandbox import Sandbox

MALFORMED = (
    "", " ", "eu west", "eu-west-1/", "é", "x" * 64, "x" * 300, "-a", "a-", ".", "..", "a..b", "a_b", "{region}", "%s",
    "eu-west-1\n", "a\tb", "a:b", "a@b", "a#b", "a?b", "[::1]", "eu-west-1.example.com", "\ud800", "\x00", "1", "*",
)  # fmt: skip
ENDPOINTS = (
    "http://", "https://", "https://[", "https://[::1", "https://a:b", "https://a:99999", "https://a:0", "https://a b",
    "https://é", "https://a..b", "https://.a", f"https://{'a' * 64}.com", "https://a/\n", "https://user:secret@a",
    "https://a?b", "https://a#b", "ftp://a", "https://-a", "https://a_b.c", "http://localhost:x", "https://[::g]",
    "a", "//a", "https:a", "\ud800", "https://a\x00",
)  # fmt: skip
PROXIES = (
    "http://", "http://a:b", "http://a:99999", "://", "http://[", "socks5://user:secret@a:9", "ftp://a", "http://a b:1",
    f"http://{'a' * 70}:1", "http://é:1", "\ud800", "user:secret@",
)  # fmt: skip
NOBODY = "http://127.0.0.1:9"


@pytest.mark.parametrize("region", MALFORMED)
@pytest.mark.parametrize(("service", "name"), [("sts", "region"), ("iam", "region"), ("sso", "sso_region")])
def test_a_malformed_region_is_named(service: str, name: str, region: str) -> None:
    """Even if the service has one endpoint for all regions."""
    with pytest.raises(UsageError, match="is not a region") as raised:
        client(service, region, "", Network("", {}), None)
    assert raised.value.message.startswith(f"{name}: ")
    assert name in raised.value.hint


@pytest.mark.parametrize("url", ENDPOINTS)
def test_a_malformed_endpoint_is_named(url: str) -> None:
    """The error shows its value, unless that may contain a password."""
    with pytest.raises(UsageError, match=r"^endpoint_url: .* is not the URL of an endpoint") as raised:
        client("sts", "eu-west-1", url, Network("", {}), None)
    assert "secret" not in raised.value.message + raised.value.hint


@pytest.mark.parametrize("url", ENDPOINTS)
def test_a_malformed_console_endpoint_is_named(url: str) -> None:
    """That call does not go through botocore, so it needs a check of its own."""
    session = Session("ASIAIOSFODNN7EXAMPLE", Secret("secret"), Secret("token"), 1 << 31, 1 << 31)
    with pytest.raises(UsageError, match=r"^endpoint_url: .* is not the URL of an endpoint") as raised:
        fetch_sign_in_token(url, session, "dev", Network("", {}))
    assert "secret" not in raised.value.message + raised.value.hint


@pytest.mark.parametrize("proxy", PROXIES)
def test_a_malformed_proxy_is_named(proxy: str) -> None:
    """The error does not show its value."""
    with pytest.raises(UsageError, match="HTTPS_PROXY is not the URL of a proxy") as raised:
        client("sts", "eu-west-1", "", find_network(make_settings({"HTTPS_PROXY": proxy}), ""), None)
    assert "secret" not in raised.value.message + raised.value.hint


@pytest.mark.parametrize("proxy", ["127.0.0.1:9", "http://127.0.0.1:9/", "https://user:p%40ss@a.example:3128", "proxy"])
def test_proxies_are_accepted_as_curl_accepts_them(proxy: str) -> None:
    """With and without scheme, port and user."""
    client("sts", "eu-west-1", "", find_network(make_settings({"HTTPS_PROXY": proxy}), ""), None)


@pytest.mark.parametrize("url", [NOBODY, "https://[::1]:1", "https://sts.example.com./path", "https://xn--a"])
def test_usual_endpoints_are_accepted(url: str) -> None:
    """IP addresses, a path, and a trailing dot."""
    client("sts", "eu-west-1", url, Network("", {}), None)


@pytest.mark.parametrize(
    ("environ", "profile", "named"),
    [
        ({}, "region = eu west 1", "region: "),
        ({}, "region = ../x", "region: "),
        ({"AWS_ENDPOINT_URL": ""}, "endpoint_url = https://a..b", "endpoint_url: "),
        ({"AWS_ENDPOINT_URL": "https://["}, "", "AWS_ENDPOINT_URL"),
        ({"SHELLVAULT_TIMEOUT": "soon"}, "", "SHELLVAULT_TIMEOUT"),
        ({"AWS_SESSION_TAGS": "a=\udcff"}, "", "tags"),
        ({}, "external_id = \udcff", "this line is not in UTF-8"),
    ],
)
def test_a_command_names_the_setting(sandbox: Sandbox, environ: dict[str, str], profile: str, named: str) -> None:
    """With status 2 and no traceback, from the config file and the environment alike."""
    add_role(sandbox)
    with sandbox.config.open("a", encoding="utf-8", errors="surrogateescape") as file:
        file.write(f"{profile}\n")
    done = sandbox.run("env", "reader", "--shell", "bash", **environ)
    assert (done.returncode, done.stdout) == (2, "false\n"), done.stderr
    assert named in done.stderr.partition("hint:")[0]
    assert "bug" not in done.stderr
    assert sandbox.aws.world.calls == []


@pytest.mark.parametrize("value", ["x", "in-region", "auto", "\x7f", "é"])
@pytest.mark.parametrize("name", ["AWS_DEFAULTS_MODE", "AWS_RETRY_MODE", "AWS_MAX_ATTEMPTS", "AWS_SDK_UA_APP_ID"])
def test_unused_sdk_settings_are_not_read(sandbox: Sandbox, name: str, value: str) -> None:
    """Neither from the environment nor from the profile."""
    add_role(sandbox, more=f"{name.removeprefix('AWS_').lower()} = {value}")
    done = sandbox.run("env", "reader", "--shell", "bash", **{name: value})
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    ("source", "name"),
    [
        ("Ec2InstanceMetadata", "AWS_EC2_METADATA_SERVICE_ENDPOINT"),
        ("EcsContainer", "AWS_CONTAINER_CREDENTIALS_FULL_URI"),
    ],
)
def test_a_malformed_metadata_endpoint_is_named(sandbox: Sandbox, source: str, name: str) -> None:
    """The error does not claim that an instance or container gave no credentials."""
    role = sandbox.aws.world.role("reader")
    sandbox.configure(f"[profile ambient]\nrole_arn = {role.arn}\ncredential_source = {source}\n")
    environ = {name: "http://[", "AWS_EC2_METADATA_DISABLED": ""}
    done = sandbox.run("env", "ambient", "--shell", "bash", **environ)
    assert (done.returncode, done.stdout) == (2, "false\n"), done.stderr
    assert f"error: {name}: " in done.stderr


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, "cannot be read: No such file or directory"),
        ("", "is empty"),
        ("hello", "holds no certificate that can be read"),
        ("-----BEGIN CERTIFICATE-----\nxx\n-----END CERTIFICATE-----\n", "holds no certificate that can be read"),
        ("folder", "cannot be read: Is a directory"),
    ],
)
def test_an_unusable_ca_file_is_named(sandbox: Sandbox, tmp_path: Path, content: str | None, said: str) -> None:
    """The error does not claim that AWS's certificate is not trusted."""
    path = tmp_path / "ca.pem"
    if content == "folder":
        path.mkdir()
    elif content is not None:
        path.write_text(content)
    add_role(sandbox, more=f"endpoint_url = {sandbox.aws.url.replace('http:', 'https:')}\nca_bundle = {path}")
    done = sandbox.run("env", "reader", "--shell", "bash", AWS_ENDPOINT_URL="")
    assert (done.returncode, done.stdout) == (2, "false\n"), done.stderr
    assert f"error: the CA file {path} {said}\n" in done.stderr
    assert "hint: correct ca_bundle" in done.stderr


@pytest.fixture
def proxy() -> Iterator[StandInProxy]:
    """Return a proxy that asks for a password."""
    with StandInProxy(b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n") as here:
        yield here


def run_through_proxy(sandbox: Sandbox, proxy: str) -> str:
    """Return the error of `env` when AWS has to be reached through this proxy; it exits with status 8."""
    add_role(sandbox, more="region = eu-west-1")
    done = sandbox.run("env", "reader", "--shell", "bash", AWS_ENDPOINT_URL="", NO_PROXY="", HTTPS_PROXY=proxy)
    assert (done.returncode, done.stdout) == (8, "false\n"), done.stderr
    assert "secret" not in done.stderr
    return done.stderr


@pytest.mark.parametrize("user", ["", "user:secret@"])
def test_a_proxy_that_wants_a_password_is_named(sandbox: Sandbox, proxy: StandInProxy, user: str) -> None:
    """The hint says what to set."""
    said = run_through_proxy(sandbox, f"http://{user}{proxy.host}")
    assert f"error: the proxy {proxy.host} on the way to STS in eu-west-1 asks for a user and password" in said
    assert "hint: set HTTPS_PROXY to http://USER:PASSWORD@HOST:PORT" in said


@pytest.mark.parametrize("user", ["", "user:secret@"])
def test_a_proxy_that_cannot_be_reached_is_named(sandbox: Sandbox, user: str) -> None:
    """The error does not blame AWS."""
    said = run_through_proxy(sandbox, f"http://{user}127.0.0.1:9/secret?token=secret#secret")
    assert "error: the proxy 127.0.0.1:9 on the way to STS in eu-west-1 cannot be used\n" in said
    assert "hint: check HTTPS_PROXY" in said
