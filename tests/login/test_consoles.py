"""Each partition's console: where to sign in, which pages may be shown, and which endpoints are trusted."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

import pytest

from shellvault.awsconfig import endpoints
from shellvault.awsconfig.reader import Config
from shellvault.core.console_urls import destination_url, find_console, login_url, logout_url, service_path
from shellvault.core.errors import UsageError
from shellvault.core.partitions import PARTITIONS as ALL_PARTITIONS
from tests.ui.settings_factory import make_settings

if TYPE_CHECKING:
    from tests.sandbox import Sandbox

PARTITIONS = [
    ("aws", "eu-west-1", "https://signin.aws.amazon.com", "console.aws.amazon.com"),
    ("aws-cn", "cn-north-1", "https://signin.amazonaws.cn", "console.amazonaws.cn"),
    ("aws-us-gov", "us-gov-west-1", "https://signin.amazonaws-us-gov.com", "console.amazonaws-us-gov.com"),
    ("aws-eusc", "eusc-de-east-1", "https://eusc-de-east-1.signin.amazonaws-eusc.eu", "console.amazonaws-eusc.eu"),
]
AWS = ALL_PARTITIONS["aws"]


@pytest.mark.parametrize(("partition", "region", "sign_in", "domain"), PARTITIONS)
def test_the_urls_of_each_partition(partition: str, region: str, sign_in: str, domain: str) -> None:
    """By a role's ARN or by the region alone; token and page are quoted."""
    place = find_console(f"arn:{partition}:iam::111122223333:role/admin", "")
    assert place == find_console("", region) == find_console(f"arn:{partition}:iam::1:role/x", region)
    assert destination_url(place, "", "") == f"https://{domain}/"
    page = destination_url(place, "", region)
    assert page == f"https://{region}.{domain}/console/home?region={region}"
    assert login_url(place.sign_in, "a/b+c=", f"https://{domain}/?x=y") == (
        f"{sign_in}/federation?Action=login&Issuer=shellvault"
        f"&Destination=https%3A%2F%2F{domain}%2F%3Fx%3Dy&SigninToken=a%2Fb%2Bc%3D"
    )
    assert logout_url(place.sign_in, "https://x/?a=b") == (
        f"{sign_in}/oauth?Action=logout&redirect_uri=https%3A%2F%2Fx%2F%3Fa%3Db"
    )


@pytest.mark.parametrize(("partition", "region", "sign_in", "domain"), PARTITIONS)
def test_a_role_of_each_partition_signs_in(
    sandbox: Sandbox, partition: str, region: str, sign_in: str, domain: str
) -> None:
    """With the real program, and the sign-in endpoint played here."""
    del sign_in
    role = sandbox.aws.world.role("admin", partition=partition)
    sandbox.add("base", sandbox.aws.world.user("alice", partition=partition).access_key())
    sandbox.configure(f"[profile admin]\nrole_arn = {role.arn}\nsource_profile = base\nregion = {region}\n")
    for name in ("admin", "base"):
        done = sandbox.run("login", name, "--stdout", "--region", region, "--path", "s3/buckets")
        assert done.returncode == 0, done.stderr
        query = parse_qs(urlsplit(done.stdout.strip()).query)
        assert query["Destination"] == [f"https://{region}.{domain}/s3/buckets?region={region}"]


@pytest.mark.parametrize(
    ("path", "page"),
    [
        ("ec2", "https://eu-west-1.console.aws.amazon.com/ec2?region=eu-west-1"),
        ("/ec2/home", "https://eu-west-1.console.aws.amazon.com/ec2/home?region=eu-west-1"),
        ("//evil.example/", "https://eu-west-1.console.aws.amazon.com/evil.example/?region=eu-west-1"),
        ("s3?tab=x#top", "https://eu-west-1.console.aws.amazon.com/s3?tab=x&region=eu-west-1#top"),
        ("s3?region=us-east-1", "https://eu-west-1.console.aws.amazon.com/s3?region=us-east-1"),
        ("https://console.aws.amazon.com/iam", "https://console.aws.amazon.com/iam"),
        ("https://s3.console.aws.amazon.com/s3?a=b#c", "https://s3.console.aws.amazon.com/s3?a=b#c"),
    ],
)
def test_a_path_is_below_the_console(path: str, page: str) -> None:
    """With or without a slash, with its query and fragment; or a whole URL there."""
    assert destination_url(AWS, path, "eu-west-1") == page


@pytest.mark.parametrize(
    ("service", "page"),
    [
        ("EC2", "https://eu-west-1.console.aws.amazon.com/ec2/home?region=eu-west-1"),
        ("health", "https://health.console.aws.amazon.com/health/home"),
        ("quicksight", "https://eu-west-1.quicksight.aws.amazon.com/sn/start"),
    ],
)
def test_a_service_has_a_home_page(service: str, page: str) -> None:
    """Some on a host of their own."""
    assert destination_url(AWS, service_path(service), "eu-west-1") == page


@pytest.mark.parametrize("service", ["ec2/home", "ec2#x", "../s3", "-ec2", "e c2", "\u00e9c2", "x.y"])
def test_what_is_no_service_is_refused(service: str) -> None:
    """A name has letters, digits and dashes."""
    with pytest.raises(UsageError, match="--service"):
        service_path(service)


@pytest.mark.parametrize(
    "path",
    [
        "https://evil.example/",
        "https://console.aws.amazon.com.evil.example/",
        "https://evil.example/.console.aws.amazon.com",
        "https://evilconsole.aws.amazon.com/",
        "https://console.aws.amazon.com@evil.example/",
        "https://evil.example\\.console.aws.amazon.com/",
        "https://evil.example?.console.aws.amazon.com/",
        "http://console.aws.amazon.com/",
        "javascript://console.aws.amazon.com/%0aalert(1)",
        "https://console.amazonaws.cn/",
        "ec2 home",
        "ec2\nhome",
        "ec2/\u00fc",
    ],
)
def test_a_page_outside_the_console_is_refused(path: str) -> None:
    """Its session would go there: look-alikes, http, another partition, and whatever is not a URL."""
    with pytest.raises(UsageError, match="--path"):
        destination_url(AWS, path, "eu-west-1")


@pytest.mark.parametrize(
    ("arn", "region"),
    [
        ("arn:aws-cn:iam::1:role/x", "eu-west-1"),
        ("arn:aws:iam::1:role/x", "us-gov-west-1"),
        ("arn:aws-iso:iam::1:role/x", ""),
        ("", "us-iso-east-1"),
    ],
)
def test_a_region_of_another_partition_and_an_unknown_console_are_refused(arn: str, region: str) -> None:
    """Their page could not open."""
    with pytest.raises(UsageError):
        find_console(arn, region)


@pytest.mark.parametrize("variable", ["AWS_ENDPOINT_URL_SIGNIN", "AWS_ENDPOINT_URL"])
@pytest.mark.parametrize(
    ("url", "trusted"),
    [
        *((sign_in, True) for _, _, sign_in, _ in PARTITIONS),
        ("https://us-east-1.signin.aws.amazon.com", True),
        ("http://127.0.0.1:4566", True),
        ("http://signin.aws.amazon.com", False),
        ("https://signin.amazonaws.com", False),
        ("https://signin.aws.amazon.com.evil.example", False),
        ("https://evil.example", False),
        ("https://docs.aws.amazon.com", False),
    ],
)
def test_the_endpoint_rule_holds_for_the_sign_in(variable: str, url: str, trusted: bool) -> None:  # noqa: FBT001
    """AWS's own hosts, this machine, and no others."""
    config = Config("[profile dev]\n")
    named = make_settings({variable: url}).endpoint_urls
    assert named
    if trusted:
        assert endpoints.choose_endpoint("signin", config.profile("dev"), config, named)[0] == url
        return
    with pytest.raises(UsageError, match="neither AWS nor this machine"):
        endpoints.choose_endpoint("signin", config.profile("dev"), config, named)


def test_an_unknown_endpoint_gets_no_session(sandbox: Sandbox) -> None:
    """It is refused before a session is obtained for it."""
    sandbox.add("dev", sandbox.aws.world.user().access_key())
    done = sandbox.run("login", "dev", "-s", AWS_ENDPOINT_URL_SIGNIN="https://evil.example")
    assert (done.returncode, done.stdout, sandbox.aws.world.calls) == (2, "", [])
    assert "error: AWS_ENDPOINT_URL_SIGNIN names https://evil.example" in done.stderr
