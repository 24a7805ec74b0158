"""Which endpoints may receive credentials: AWS, this machine, and hosts that the config file names."""

from __future__ import annotations

from itertools import product

import pytest
from botocore.endpoint_provider import EndpointProvider
from botocore.loaders import Loader

from shellvault.core import urls
from shellvault.core.errors import UsageError
from tests.core.chain_resolution import make_profiles

AWS = (
    "https://sts.amazonaws.com",
    "https://sts.eu-west-1.amazonaws.com/",
    "https://sts-fips.us-east-1.amazonaws.com:443",
    "https://STS.EU-West-1.AmazonAWS.com",
    "https://sts.cn-north-1.amazonaws.com.cn",
    "https://sts.us-gov-west-1.amazonaws.com",
    "https://sts.eusc-de-east-1.amazonaws.eu",
    "https://sts.eu-west-1.api.aws",
    "https://sts.cn-north-1.api.amazonwebservices.com.cn",
    "https://vpce-0a1b2c3d-xyz.sts.us-east-1.vpce.amazonaws.com",
    "https://vpce-0a1b2c3d-xyz.sts-fips.us-gov-west-1.vpce.amazonaws.com",
    "https://vpce-0a1b2c3d-xyz.sts.cn-north-1.vpce.amazonaws.com.cn",
    "https://sts.us-iso-east-1.c2s.ic.gov",
)
THIS_MACHINE = (
    "http://127.0.0.1",
    "http://127.0.0.1:4566",
    "http://localhost:4566/path",
    "http://LOCALHOST:1",
    "http://[::1]:8080",
    "http://[::1]",
    "https://localhost",
)
STRANGERS = (
    "https://sts.amazonaws.com.evil.example",
    "https://evil.example/sts.amazonaws.com",
    "https://evil.example/.amazonaws.com",
    "https://evil.example?.amazonaws.com",
    "https://evil.example#.amazonaws.com",
    "https://sts.amazonaws.com@evil.example",
    "https://sts.amazonaws.com:443@evil.example",
    "https://evil.example\\.amazonaws.com",
    "https://evil.example\\@sts.amazonaws.com",
    "https://evil.example%2f.amazonaws.com",
    "https://evil.example\t.amazonaws.com",
    "https://evil.example\n.amazonaws.com",
    "https://evilamazonaws.com",
    "https://sts.corp-bucket-1.amazonaws.com",
    "https://sts.us-corp-bucket-1.amazonaws.com",
    "https://sts.amazonaws.com.",
    "https://sts.amazonaws.com:",
    "https://sts.amazonaws.com:443:443",
    "https://sts.amazonaws.com:evil",
    "https://sts.amаzonaws.com",  # noqa: RUF001 - a Cyrillic letter
    "https://sts。amazonaws。com",
    "https://ü.sts.amazonaws.com",
    "https://sts.amazonaws.com:\u0664\u0664\u0663",
    "https://xn--sts-evil.example",
    "https://[::ffff:127.0.0.1]",
    "https://[2001:db8::1]",
    "https:///sts.amazonaws.com",
    "https:sts.amazonaws.com",
    "//sts.amazonaws.com",
    "sts.amazonaws.com",
    "ftp://sts.amazonaws.com",
    " https://sts.amazonaws.com",
    "http://sts.amazonaws.com",
    "http://sts.eu-west-1.amazonaws.com",
    "http://127.0.0.1.evil.example",
    "http://127.0.0.1@evil.example",
    "http://localhost.evil.example",
    "http://localhost.",
    "http://127.0.0.2",
    "http://0.0.0.0",
    "http://2130706433",
    "http://0x7f.1",
    "http://[::]",
    "http://169.254.169.254",
    "https://",
    "true",
    "https://a1b2c3d4.execute-api.eu-west-1.amazonaws.com",
    "https://sts-bucket.s3.amazonaws.com",
    "https://ec2-198-51-100-1.compute-1.amazonaws.com",
    "https://sts.anything.amazonaws.com",
    "https://sts.s3.amazonaws.com",
    "https://sts.s3.eu-west-1.amazonaws.com",
    "https://sts.s3-us-west-2.amazonaws.com",
    "https://sts.s3-website-us-east-1.amazonaws.com",
    "https://sts.s3-accelerate.amazonaws.com",
    "https://sts.s3.us-gov-west-1.amazonaws.com",
    "https://sts.us-east-1.s3.amazonaws.com",
    "https://bucket.sts.us-east-1.amazonaws.com",
    "https://sts.execute-api.us-east-1.amazonaws.com",
    "https://sts.us-east-1.elb.amazonaws.com",
    "https://sts.us-east-1.on.aws",
    "https://sts.us-east-1.amazonaws.com.cn",
    "https://sts.cn-north-1.amazonaws.com",
    "https://sts.us-east-1.amazonaws.eu",
    "https://sts.us-.amazonaws.com",
    "https://sts.us-east-1-2.amazonaws.com",
    "https://sts..amazonaws.com",
    "https://.sts.us-east-1.amazonaws.com",
    "https://vpce-0a1b2c3d.vpce-svc-0a1b2c3d.us-east-1.vpce.amazonaws.com",
    "https://vpce-0a1b2c3d.sts.us-east-1.amazonaws.com",
    "https://x.sts.us-east-1.vpce.amazonaws.com",
    "https://vpce-0a1b2c3d.x.sts.us-east-1.vpce.amazonaws.com",
    "https://vpce-0a1b2c3d.s3.us-east-1.vpce.amazonaws.com",
)
VARIABLES = ("AWS_ENDPOINT_URL_STS", "AWS_ENDPOINT_URL")


def choose_endpoint(text: str = "[profile dev]\n", service: str = "sts", **environ: str) -> str:
    """Return the endpoint for the profile `dev` of this config file in this environment."""
    profiles = make_profiles(text, **environ)
    return profiles.endpoint(profiles.profile("dev"), service)


@pytest.mark.parametrize("url", AWS + THIS_MACHINE)
@pytest.mark.parametrize("variable", VARIABLES)
def test_environment_may_name_aws_and_this_machine(variable: str, url: str) -> None:
    """STS in every partition over https, and every spelling of loopback."""
    assert choose_endpoint(**{variable: url}) == url


@pytest.mark.parametrize("url", STRANGERS)
@pytest.mark.parametrize("variable", VARIABLES)
def test_environment_may_not_name_other_hosts(variable: str, url: str) -> None:
    """Among them are look-alikes, plain http, user info, and hosts that anybody can rent in AWS's domains."""
    with pytest.raises(UsageError, match="neither AWS nor this machine") as raised:
        choose_endpoint(**{variable: url})
    assert raised.value.message.startswith(f"{variable} names {url}")
    assert raised.value.hint == f"unset {variable}, or set endpoint_url = https://… in the profile's config section"


@pytest.mark.parametrize("url", THIS_MACHINE)
def test_loopback_urls_are_recognized(url: str) -> None:
    """The path, the port and the case of the host do not matter."""
    assert urls.is_loopback(url)


@pytest.mark.parametrize("url", AWS + STRANGERS)
def test_other_urls_are_not_loopback(url: str) -> None:
    """This includes look-alikes of loopback."""
    assert not urls.is_loopback(url)


@pytest.mark.parametrize("url", ["https://proxy.corp.example", "https://[2001:db8::1]:8443/aws"])
def test_config_file_may_name_any_host_over_https(url: str) -> None:
    """The user's own file is trusted, both the profile and its `services` section."""
    assert choose_endpoint(f"[profile dev]\nendpoint_url = {url}\n") == url
    services = f"[services here]\nsts =\n  endpoint_url = {url}\n"
    assert choose_endpoint(f"[profile dev]\nservices = here\nendpoint_url = https://other\n{services}") == url


def test_environment_may_repeat_the_endpoint_of_the_config_file() -> None:
    """The same URL is trusted; another one is not."""
    text = "[profile dev]\nendpoint_url = https://proxy.corp.example\n"
    assert choose_endpoint(text, AWS_ENDPOINT_URL="https://proxy.corp.example") == "https://proxy.corp.example"
    with pytest.raises(UsageError, match="neither AWS nor this machine"):
        choose_endpoint(text, AWS_ENDPOINT_URL="https://proxy.corp.example.evil")


@pytest.mark.parametrize("url", ["http://proxy.corp.example", "https://user@proxy.corp.example", "proxy.corp.example"])
def test_config_file_may_not_name_plain_http(url: str) -> None:
    """Credentials would travel in clear text."""
    with pytest.raises(UsageError, match=r"the config file names the endpoint .*, which is not https"):
        choose_endpoint(f"[profile dev]\nendpoint_url = {url}\n")


def test_endpoints_follow_the_order_of_the_sdks() -> None:
    """The service's variable, the general variable, the `services` section, the profile, AWS's default."""
    named = {variable: f"http://localhost:{port}" for port, variable in enumerate(VARIABLES, 1)}
    text = "[profile dev]\nendpoint_url = http://localhost:4\nservices = s\n[services s]\nsts =\n endpoint_url = http://localhost:3\n"
    assert choose_endpoint(text, **named) == "http://localhost:1"
    assert choose_endpoint(text, AWS_ENDPOINT_URL="http://localhost:2") == "http://localhost:2"
    assert choose_endpoint(text) == "http://localhost:3"
    assert choose_endpoint(text.replace("services = s", "")) == "http://localhost:4"
    assert choose_endpoint() == ""


@pytest.mark.parametrize("spelling", ["true", "TRUE", "True"])
def test_configured_endpoints_can_be_ignored(spelling: str) -> None:
    """With AWS_IGNORE_CONFIGURED_ENDPOINT_URLS, as in the SDKs, even an untrusted endpoint is no error."""
    text = "[profile dev]\nendpoint_url = http://evil.example\n"
    assert (
        choose_endpoint(text, AWS_ENDPOINT_URL="http://evil.example", AWS_IGNORE_CONFIGURED_ENDPOINT_URLS=spelling)
        == ""
    )


def test_empty_variables_name_no_endpoint() -> None:
    """An empty value counts as unset."""
    assert choose_endpoint(AWS_ENDPOINT_URL="", AWS_ENDPOINT_URL_STS="", AWS_IGNORE_CONFIGURED_ENDPOINT_URLS="") == ""


@pytest.mark.parametrize(
    ("service", "url"),
    [
        ("sso", "https://portal.sso.eu-west-1.amazonaws.com"),
        ("sso_oidc", "https://oidc.eu-west-1.amazonaws.com"),
        ("iam", "https://iam.amazonaws.com"),
        ("iam", "https://iam-fips.amazonaws.com"),
        ("iam", "https://iam.us-gov.amazonaws.com"),
        ("iam", "https://iam.global.api.aws"),
        ("iam", "https://vpce-0a1b2c3d.iam.us-east-1.vpce.amazonaws.com"),
        ("sso", "https://portal.sso.us-gov-west-1.api.aws"),
        ("signin", "https://vpce-0a1b2c3d.signin.eu-west-1.vpce.amazonaws.com"),
        ("signin", "https://signin.aws.amazon.com"),
        ("signin", "https://us-east-1.signin.aws.amazon.com"),
        ("signin", "https://signin.amazonaws.cn"),
        ("signin", "https://signin.amazonaws-us-gov.com"),
        ("signin", "https://eusc-de-east-1.signin.amazonaws-eusc.eu"),
    ],
)
def test_environment_may_name_the_hosts_of_each_service(service: str, url: str) -> None:
    """One service's host is not trusted for another."""
    variable = f"AWS_ENDPOINT_URL_{service.upper()}"
    assert choose_endpoint(service=service, **{variable: url}) == url
    with pytest.raises(UsageError, match="neither AWS nor this machine"):
        choose_endpoint(AWS_ENDPOINT_URL_STS=url)


@pytest.mark.parametrize(
    "url",
    [
        "http://signin.aws.amazon.com",
        "https://signin.amazonaws.com",
        "https://signin.aws.amazon.com.evil.example",
        "https://evil.example",
        "https://docs.aws.amazon.com",
        "https://anything.signin.aws.amazon.com",
        "https://us-east-1.docs.aws.amazon.com",
        "https://signin.docs.aws.amazon.com",
    ],
)
def test_environment_may_not_name_other_hosts_for_signing_in(url: str) -> None:
    """The sign-in page has its own domain in each partition."""
    with pytest.raises(UsageError, match=r"AWS_ENDPOINT_URL_SIGNIN names .*, which is neither AWS nor this machine"):
        choose_endpoint(service="signin", AWS_ENDPOINT_URL_SIGNIN=url)


def test_variable_of_one_service_does_not_affect_another() -> None:
    """Each service has its own variable and its own setting in a `services` section."""
    text = "[profile dev]\nservices = s\n[services s]\nsts =\n endpoint_url = http://localhost:3\n"
    assert choose_endpoint(text, service="iam", AWS_ENDPOINT_URL_STS="http://localhost:1") == ""


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("https://Example.COM:8443/path?query#fragment", "example.com"),
        ("http://[::1]:80", "[::1]"),
        ("http://[::1]", "[::1]"),
        ("https://example.com", "example.com"),
        ("https://example.com:port", "example.com:port"),
        ("https://user@example.com", ""),
        ("https://example.com?query", ""),
        ("https://example.com\\path", ""),
        ("https://ex%61mple.com", ""),
        ("https://ex ample.com", ""),
        ("ftp://example.com", ""),
        ("HTTPS://example.com", ""),
        ("https:example.com", ""),
        ("example.com", ""),
        ("https://", ""),
        ("", ""),
    ],
)
def test_host_of_a_url_is_read_strictly(url: str, host: str) -> None:
    """An unusual URL has no host, so it is never trusted."""
    assert urls.host_of(url) == host


REGIONS = (
    *("us-east-1", "eu-west-1", "ap-southeast-5", "cn-north-1", "us-gov-west-1", "eusc-de-east-1"),
    *("us-iso-east-1", "us-isob-east-1", "eu-isoe-west-1", "us-isof-south-1"),
)
OWN_SERVICES = {"sts": "sts", "iam": "iam", "sso": "sso", "sso-oidc": "sso_oidc", "signin": "signin"}


@pytest.mark.parametrize("region", REGIONS)
@pytest.mark.parametrize("service", OWN_SERVICES)
def test_environment_may_name_what_botocore_itself_would_use(service: str, region: str) -> None:
    """In every partition: regional, global, FIPS and dual-stack hosts."""
    loader = Loader()
    rules = loader.load_service_model(service, "endpoint-rule-set-1")
    provider = EndpointProvider(rules, loader.load_data("partitions"))
    for fips, dual in product((True, False), repeat=2):
        url = provider.resolve_endpoint(Region=region, UseFIPS=fips, UseDualStack=dual).url
        assert choose_endpoint(service=OWN_SERVICES[service], AWS_ENDPOINT_URL=url) == url


@pytest.mark.parametrize(
    ("configured", "variable", "is_ignored"),
    [("true", None, True), ("TRUE", None, True), ("false", None, False), ("1", None, False), ("true", "false", False)],
)
def test_a_profile_may_ignore_configured_endpoints(configured: str, variable: str | None, is_ignored: bool) -> None:  # noqa: FBT001 - a table's column
    """Both its own and the environment's. As in botocore, the variable for this setting overrides the profile."""
    text = f"[profile dev]\nignore_configured_endpoint_urls = {configured}\nendpoint_url = https://corp.example\n"
    environ = {"AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": variable} if variable else {}
    profiles = make_profiles(text, **environ)
    assert profiles.endpoint(profiles.profile("dev")) == ("" if is_ignored else "https://corp.example")
    profiles = make_profiles(text, AWS_ENDPOINT_URL="http://127.0.0.1:4566", **environ)
    assert profiles.endpoint(profiles.profile("dev")) == ("" if is_ignored else "http://127.0.0.1:4566")
