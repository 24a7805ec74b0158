"""Who may be asked for credentials: AWS, this machine, and what the person's own config file names."""

from __future__ import annotations

import pytest

from shellvault.awsconfig import endpoints
from shellvault.awsconfig.reader import Config
from shellvault.core.errors import UsageError

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
    "https://sts.amazonaws.com.",
    "https://sts.amazonaws.com:",
    "https://sts.amazonaws.com:443:443",
    "https://sts.amazonaws.com:evil",
    "https://sts.amаzonaws.com",  # noqa: RUF001 - a Cyrillic letter is the point
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
)
VARIABLES = ("AWS_ENDPOINT_URL_STS", "AWS_ENDPOINT_URL")


def chosen(text: str = "[profile dev]\n", **environ: str) -> str:
    """Return the endpoint for the profile `dev` of this config file."""
    config = Config(text)
    return endpoints.choose_endpoint("sts", config.profile("dev"), config, environ)


@pytest.mark.parametrize("url", AWS + THIS_MACHINE)
@pytest.mark.parametrize("variable", VARIABLES)
def test_aws_and_this_machine_may_be_named_by_the_environment(variable: str, url: str) -> None:
    """STS of every partition over https, and loopback in each of its spellings."""
    assert chosen(**{variable: url}) == url


@pytest.mark.parametrize("url", STRANGERS)
@pytest.mark.parametrize("variable", VARIABLES)
def test_a_stranger_named_by_the_environment_is_refused(variable: str, url: str) -> None:
    """Look-alikes, clear http, user parts, and what anybody can rent under AWS's own domains."""
    with pytest.raises(UsageError, match="neither AWS nor this machine") as raised:
        chosen(**{variable: url})
    assert raised.value.message.startswith(f"{variable} names {url}")
    assert raised.value.hint.startswith(f"unset {variable}, or name it with https")


@pytest.mark.parametrize("url", THIS_MACHINE)
def test_what_stays_on_this_machine_is_known(url: str) -> None:
    """A notice hangs on this."""
    assert endpoints.is_loopback(url)


@pytest.mark.parametrize("url", AWS + STRANGERS)
def test_nothing_else_is_taken_for_this_machine(url: str) -> None:
    """Look-alikes of loopback least of all."""
    assert not endpoints.is_loopback(url)


@pytest.mark.parametrize("url", ["https://proxy.corp.example", "https://[2001:db8::1]:8443/aws"])
def test_the_config_file_may_name_any_host_over_https(url: str) -> None:
    """What the person wrote down is trusted, at the profile or in its `services` section."""
    assert chosen(f"[profile dev]\nendpoint_url = {url}\n") == url
    services = f"[services here]\nsts =\n  endpoint_url = {url}\n"
    assert chosen(f"[profile dev]\nservices = here\nendpoint_url = https://other\n{services}") == url


def test_the_environment_may_repeat_what_the_config_file_names() -> None:
    """The same URL is the person's own, wherever it stands; another one is not."""
    text = "[profile dev]\nendpoint_url = https://proxy.corp.example\n"
    assert chosen(text, AWS_ENDPOINT_URL="https://proxy.corp.example") == "https://proxy.corp.example"
    with pytest.raises(UsageError, match="neither AWS nor this machine"):
        chosen(text, AWS_ENDPOINT_URL="https://proxy.corp.example.evil")


@pytest.mark.parametrize("url", ["http://proxy.corp.example", "https://user@proxy.corp.example", "proxy.corp.example"])
def test_even_the_config_file_may_not_name_clear_http(url: str) -> None:
    """Credentials in clear text are nobody's intention."""
    with pytest.raises(UsageError, match=r"the config file names the endpoint .*, which is not https"):
        chosen(f"[profile dev]\nendpoint_url = {url}\n")


def test_the_order_is_that_of_the_sdks() -> None:
    """The service's variable, the general one, the `services` section, the profile, AWS's own."""
    named = {variable: f"http://localhost:{port}" for port, variable in enumerate(VARIABLES, 1)}
    text = "[profile dev]\nendpoint_url = http://localhost:4\nservices = s\n[services s]\nsts =\n endpoint_url = http://localhost:3\n"
    assert chosen(text, **named) == "http://localhost:1"
    assert chosen(text, AWS_ENDPOINT_URL="http://localhost:2") == "http://localhost:2"
    assert chosen(text) == "http://localhost:3"
    assert chosen(text.replace("services = s", "")) == "http://localhost:4"
    assert chosen() == ""


@pytest.mark.parametrize("spelling", ["true", "TRUE", "True"])
def test_all_of_it_can_be_ignored(spelling: str) -> None:
    """AWS_IGNORE_CONFIGURED_ENDPOINT_URLS means what it means to the SDKs: strangers are not even looked at."""
    text = "[profile dev]\nendpoint_url = http://evil.example\n"
    assert chosen(text, AWS_ENDPOINT_URL="http://evil.example", AWS_IGNORE_CONFIGURED_ENDPOINT_URLS=spelling) == ""


def test_empty_variables_name_nothing() -> None:
    """Set and empty is no endpoint."""
    assert chosen(AWS_ENDPOINT_URL="", AWS_ENDPOINT_URL_STS="", AWS_IGNORE_CONFIGURED_ENDPOINT_URLS="") == ""
