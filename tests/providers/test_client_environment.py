"""AWS clients use the settings of a command, and nothing of this process's environment."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING

import botocore.config
import botocore.loaders
import botocore.session
import pytest
from botocore.exceptions import ConnectionClosedError

from shellvault.aws import http_session
from shellvault.aws.client import client
from shellvault.aws.network import Network, find_network
from shellvault.awsconfig.profiles import Profiles
from shellvault.awsconfig.reader import Config
from shellvault.core.errors import UsageError
from tests.providers.stand_in_proxy import StandInProxy
from tests.ui.settings_factory import make_settings

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.sandbox import Sandbox

NOBODY = "http://127.0.0.1:9"
STS = "https://sts.eu-west-1.amazonaws.com"
ANY_PROXY = "http://proxy.example:3128"
MODELS = botocore.loaders.Loader()
"""botocore's own, which it would otherwise read for every session."""
DESCRIBE = """
import json, sys
from shellvault.aws.client import client
from shellvault.aws.network import Network
made = client(sys.argv[1], "eu-west-1", "", Network("", {}), None)
config = made.meta.config
modes = [config.defaults_mode, config.user_agent_appid]
print(json.dumps([made.meta.endpoint_url, config.retries, config.proxies, *modes]))
"""


@pytest.fixture
def proxy() -> Iterator[StandInProxy]:
    """Return a proxy that records which hosts were requested."""
    with StandInProxy() as here:
        yield here


def describe_client(service: str, **environ: str) -> object:
    """Return what a client in a process with these variables would call, and how."""
    words = [sys.executable, "-c", DESCRIBE, service]
    done = subprocess.run(words, env={**os.environ, **environ}, capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


@pytest.mark.parametrize("service", ["sts", "iam", "sso", "sso-oidc", "signin"])
def test_botocores_own_variables_change_nothing(service: str, tmp_path: Path) -> None:
    """Endpoints, retries, proxies, modes and plugins are those of a process without such variables."""
    (tmp_path / "plugin_canary.py").write_text("raise SystemExit('the plugin was imported')")
    variables = {
        "AWS_USE_FIPS_ENDPOINT": "true",
        "AWS_USE_DUALSTACK_ENDPOINT": "true",
        "AWS_ENDPOINT_URL": NOBODY,
        "AWS_STS_REGIONAL_ENDPOINTS": "legacy",
        "AWS_RETRY_MODE": "adaptive",
        "AWS_MAX_ATTEMPTS": "99",
        "AWS_DEFAULTS_MODE": "in-region",
        "AWS_SDK_UA_APP_ID": "stranger",
        "AWS_PROFILE": "missing",
        "AWS_CONFIG_FILE": str(tmp_path / "missing"),
        "AWS_CA_BUNDLE": str(tmp_path / "missing"),
        "AWS_DATA_PATH": str(tmp_path),
        "REQUESTS_CA_BUNDLE": str(tmp_path / "missing"),
        "HTTPS_PROXY": NOBODY,
        "BOTOCORE_EXPERIMENTAL__PLUGINS": "canary=plugin_canary",
        "PYTHONPATH": str(tmp_path),
    }
    assert describe_client(service, **variables) == describe_client(service)


def test_a_users_own_service_models_change_nothing(tmp_path: Path) -> None:
    """A model below ~/.aws/models could name any endpoint."""
    (tmp_path / ".aws" / "models").mkdir(parents=True)
    (tmp_path / ".aws" / "models" / "endpoints.json").write_text("{}")
    assert describe_client("sts", HOME=str(tmp_path)) == describe_client("sts")


@pytest.mark.parametrize("name", ["HTTPS_PROXY", "https_proxy"])
def test_a_configured_proxy_is_used_for_aws(proxy: StandInProxy, name: str) -> None:
    """In either spelling of the variable."""
    network = find_network(make_settings({name: proxy.url}), "")
    sts = client("sts", "eu-west-1", "", network, None, attempts=1)
    with pytest.raises(ConnectionClosedError):
        sts.get_caller_identity()
    assert [line.split()[:2] for line in proxy.lines] == [[b"CONNECT", b"sts.eu-west-1.amazonaws.com:443"]]


@pytest.mark.parametrize(
    ("url", "environ", "used"),
    [
        (STS, {"HTTPS_PROXY": ANY_PROXY}, True),
        (STS, {"https_proxy": "", "HTTPS_PROXY": ANY_PROXY}, False),
        (STS, {"HTTPS_PROXY": ANY_PROXY, "NO_PROXY": "*"}, False),
        (STS, {"HTTPS_PROXY": ANY_PROXY, "NO_PROXY": "example.com, .amazonaws.com"}, False),
        (STS, {"HTTPS_PROXY": ANY_PROXY, "no_proxy": "sts.eu-west-1.amazonaws.com"}, False),
        (STS, {"HTTPS_PROXY": ANY_PROXY, "NO_PROXY": "aws.com", "no_proxy": ""}, True),
        (STS, {"HTTPS_PROXY": ANY_PROXY, "NO_PROXY": "naws.com"}, True),
        (STS, {"NO_PROXY": "example.com"}, False),
        ("http://127.0.0.1:4566", {"HTTP_PROXY": ANY_PROXY, "HTTPS_PROXY": ANY_PROXY}, False),
        ("https://localhost:4566", {"HTTP_PROXY": ANY_PROXY, "HTTPS_PROXY": ANY_PROXY}, False),
        ("http://[::1]:4566", {"HTTP_PROXY": ANY_PROXY}, False),
    ],
)
def test_which_hosts_are_reached_through_a_proxy(url: str, environ: dict[str, str], used: bool) -> None:  # noqa: FBT001
    """NO_PROXY is honoured, and this machine is never reached through a proxy."""
    proxies = find_network(make_settings(environ), "").proxies_for(url)
    assert (proxies.get("https") == ANY_PROXY) == used


def test_a_client_without_a_configured_endpoint_honours_no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only botocore knows the host in that case."""
    used: list[object] = []

    def share_none(_certificates: str, _built_in: object, proxies: list[tuple[str, str]], _timeouts: object) -> None:
        used.append(dict(proxies))

    monkeypatch.setattr(http_session, "_share_session", share_none)  # other tests in this process have sessions
    settings = make_settings({"HTTPS_PROXY": ANY_PROXY, "NO_PROXY": ".amazonaws.com"})
    for endpoint in ("", "https://corp.example"):
        client("sts", "ap-south-2", endpoint, find_network(settings, ""), None)
    assert used == [{}, {"https": ANY_PROXY, "no": ".amazonaws.com"}]


@pytest.mark.parametrize(
    ("environ", "chosen", "ca_bundle"),
    [
        ({}, "", ""),
        ({"REQUESTS_CA_BUNDLE": "/fallback"}, "", "/fallback"),
        ({"REQUESTS_CA_BUNDLE": "/fallback"}, "/profile", "/profile"),
    ],
)
def test_the_ca_bundle_falls_back_to_that_of_requests(environ: dict[str, str], chosen: str, ca_bundle: str) -> None:
    """As in the AWS CLI."""
    assert find_network(make_settings(environ), chosen).ca_bundle == ca_bundle


def test_the_default_timeout_is_half_a_minute() -> None:
    """SHELLVAULT_TIMEOUT can be longer or shorter."""
    assert find_network(make_settings({}), "").patience.limit == 30
    assert find_network(make_settings({"SHELLVAULT_TIMEOUT": "2m"}), "").patience.limit == 120


@pytest.mark.parametrize("region", ["eu west 1", "eu-west-1/", "\u00e9"])
def test_a_malformed_region_is_a_usage_error(region: str) -> None:
    """Already when the client is created, before any call."""
    with pytest.raises(UsageError, match="is not a region"):
        client("sts", region, "", Network("", {}), None)


@pytest.mark.parametrize("service", ["sts", "sso", "sso-oidc", "iam"])
@pytest.mark.parametrize("fips", ["true", "TRUE", "false", "yes", ""])
@pytest.mark.parametrize("dualstack", ["true", "false"])
@pytest.mark.parametrize("variable", [None, "true", "false"])
def test_fips_and_dualstack_endpoints_match_botocores(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, service: str, fips: str, dualstack: str, variable: str | None
) -> None:
    """The profile's switches, and the variables that override them, select the same hosts as in the AWS CLI."""
    config = tmp_path / "config"
    config.write_text(f"[profile dev]\nuse_fips_endpoint = {fips}\nuse_dualstack_endpoint = {dualstack}\n")
    environ = {"AWS_USE_FIPS_ENDPOINT": variable} if variable else {}
    profiles = Profiles(Config.read(str(config)), {}, make_settings(environ))
    network = Network("", {}, variants=profiles.endpoint_variants(profiles.profile("dev")))
    for name, value in {**environ, "AWS_CONFIG_FILE": str(config)}.items():
        monkeypatch.setenv(name, value)
    session = botocore.session.Session(profile="dev")
    session.register_component("data_loader", MODELS)
    expected = session.create_client(
        service, "us-east-1", config=botocore.config.Config(signature_version=botocore.UNSIGNED)
    )
    assert client(service, "us-east-1", "", network, None).meta.endpoint_url == expected.meta.endpoint_url


def test_a_profiles_switches_apply_to_its_calls(sandbox: Sandbox, proxy: StandInProxy) -> None:
    """The proxy is asked for AWS's own FIPS host, whatever endpoint the environment names."""
    sandbox.add("dev", sandbox.aws.world.user("alice").access_key(), "--no-config")
    switches = "use_fips_endpoint = true\nignore_configured_endpoint_urls = true\n"
    sandbox.configure(f"[profile dev]\nregion = us-east-1\n{switches}")
    done = sandbox.run("env", "dev", "--shell", "bash", HTTPS_PROXY=proxy.url, NO_PROXY="", no_proxy="")
    hosts = {line.split()[1] for line in proxy.lines}
    assert (done.returncode, hosts) == (8, {b"sts-fips.us-east-1.amazonaws.com:443"})
