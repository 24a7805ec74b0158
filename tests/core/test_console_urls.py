"""URLs of the AWS console in every partition, and pages that must not receive a session."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import pytest

from shellvault.core import console_urls
from shellvault.core.errors import UsageError
from shellvault.core.partitions import PARTITIONS

CONSOLES = [
    ("aws", "eu-west-1", "https://signin.aws.amazon.com", "console.aws.amazon.com"),
    ("aws-cn", "cn-north-1", "https://signin.amazonaws.cn", "console.amazonaws.cn"),
    ("aws-us-gov", "us-gov-west-1", "https://signin.amazonaws-us-gov.com", "console.amazonaws-us-gov.com"),
    ("aws-eusc", "eusc-de-east-1", "https://eusc-de-east-1.signin.amazonaws-eusc.eu", "console.amazonaws-eusc.eu"),
]
WITHOUT_CONSOLE = [(name, partition.home_region) for name, partition in PARTITIONS.items() if not partition.console]
AWS = PARTITIONS["aws"]


def test_every_partition_is_tested() -> None:
    """A new partition must be added to one of the two tables."""
    assert {name for name, *_ in (*CONSOLES, *WITHOUT_CONSOLE)} == PARTITIONS.keys()


@pytest.mark.parametrize(("name", "region", "sign_in", "domain"), CONSOLES)
def test_console_is_found_by_arn_or_region(name: str, region: str, sign_in: str, domain: str) -> None:
    """Both may be given if they agree; the sign-in page and the pages are the partition's own."""
    arn = f"arn:{name}:iam::111122223333:role/admin"
    for found in (
        console_urls.find_console(arn, ""),
        console_urls.find_console("", region),
        console_urls.find_console(arn, region),
    ):
        assert (found.sign_in, found.console) == (sign_in, domain)


def test_console_without_arn_and_region_is_that_of_aws() -> None:
    """A profile may name neither."""
    assert console_urls.find_console("", "") == AWS


@pytest.mark.parametrize(("name", "region"), WITHOUT_CONSOLE)
def test_partition_without_a_known_console_is_refused(name: str, region: str) -> None:
    """The hint lists the partitions whose console is known."""
    for arn, given in ((f"arn:{name}:iam::1:role/x", ""), ("", region), (f"arn:{name}:iam::1:role/x", region)):
        with pytest.raises(UsageError, match=f"unknown console for partition '{name}'") as raised:
            console_urls.find_console(arn, given)
        assert raised.value.hint == "known partitions: aws, aws-cn, aws-us-gov, aws-eusc"


@pytest.mark.parametrize(
    ("arn", "region", "example"),
    [
        ("arn:aws-cn:iam::1:role/x", "eu-west-1", "cn-north-1"),
        ("arn:aws:iam::1:role/x", "us-gov-west-1", "us-east-1"),
        ("arn:aws:iam::1:role/x", "us-isob-east-1", "us-east-1"),
    ],
)
def test_region_of_another_partition_is_refused(arn: str, region: str, example: str) -> None:
    """The page could not open; the hint names a region that can."""
    with pytest.raises(UsageError, match=f"region '{region}' is not in partition") as raised:
        console_urls.find_console(arn, region)
    assert raised.value.hint.endswith(f"such as {example}")


@pytest.mark.parametrize(("name", "region", "sign_in", "domain"), CONSOLES)
def test_login_and_logout_urls_quote_their_values(name: str, region: str, sign_in: str, domain: str) -> None:
    """A token or page with special characters cannot add a parameter."""
    console = console_urls.find_console(f"arn:{name}:iam::1:role/x", region)
    page = console_urls.destination_url(console, "", region)
    assert page == f"https://{region}.{domain}/console/home?region={region}"
    assert console_urls.login_url(console.sign_in, "a/b+c=&Action=x", f"https://{domain}/?x=y") == (
        f"{sign_in}/federation?Action=login&Issuer=shellvault"
        f"&Destination=https%3A%2F%2F{domain}%2F%3Fx%3Dy&SigninToken=a%2Fb%2Bc%3D%26Action%3Dx"
    )
    assert console_urls.logout_url(console.sign_in, "https://x/?a=b") == (
        f"{sign_in}/oauth?Action=logout&redirect_uri=https%3A%2F%2Fx%2F%3Fa%3Db"
    )


def test_login_url_is_read_back_whole() -> None:
    """The standard parser finds the page and the token as they were."""
    url = console_urls.login_url(AWS.sign_in, "tøken &=#", "https://console.aws.amazon.com/a?b=c#d")
    query = parse_qs(urlsplit(url).query)
    assert (query["SigninToken"], query["Destination"]) == (["tøken &=#"], ["https://console.aws.amazon.com/a?b=c#d"])


@pytest.mark.parametrize(
    ("path", "page"),
    [
        ("ec2", "https://eu-west-1.console.aws.amazon.com/ec2?region=eu-west-1"),
        ("/ec2/home", "https://eu-west-1.console.aws.amazon.com/ec2/home?region=eu-west-1"),
        ("//evil.example/", "https://eu-west-1.console.aws.amazon.com/evil.example/?region=eu-west-1"),
        ("s3?tab=x#top", "https://eu-west-1.console.aws.amazon.com/s3?tab=x&region=eu-west-1#top"),
        ("s3#top", "https://eu-west-1.console.aws.amazon.com/s3?region=eu-west-1#top"),
        ("s3?region=us-east-1", "https://eu-west-1.console.aws.amazon.com/s3?region=us-east-1"),
        ("https://console.aws.amazon.com/iam", "https://console.aws.amazon.com/iam"),
        ("https://s3.console.aws.amazon.com/s3?a=b#c", "https://s3.console.aws.amazon.com/s3?a=b#c"),
        ("health", "https://health.console.aws.amazon.com/health/home"),
        ("health/home#/account/event-log", "https://health.console.aws.amazon.com/health/home#/account/event-log"),
        ("/health/home/?a=b#/x", "https://health.console.aws.amazon.com/health/home?a=b#/x"),
        ("quicksight?a=b", "https://eu-west-1.quicksight.aws.amazon.com/sn/start?a=b"),
        ("healthlake/home", "https://eu-west-1.console.aws.amazon.com/healthlake/home?region=eu-west-1"),
        ("health/home", "https://health.console.aws.amazon.com/health/home"),
        ("lightsail/", "https://lightsail.aws.amazon.com/ls/webapp/home"),
        ("quicksight", "https://eu-west-1.quicksight.aws.amazon.com/sn/start"),
        ("/ls/webapp/eu-west-1/instances", "https://lightsail.aws.amazon.com/ls/webapp/eu-west-1/instances"),
        ("sn/dashboards/{region}", "https://eu-west-1.quicksight.aws.amazon.com/sn/dashboards/{region}"),
        ("https://us-east-1.quicksight.aws.amazon.com/sn/x", "https://us-east-1.quicksight.aws.amazon.com/sn/x"),
    ],
)
def test_path_is_relative_to_the_console(path: str, page: str) -> None:
    """Leading slashes, a query and a fragment are handled; a whole URL in the console is kept."""
    assert console_urls.destination_url(AWS, path, "eu-west-1") == page


@pytest.mark.parametrize(("path", "page"), [("", ""), ("iam/home", "iam/home"), ("//iam#x", "iam#x")])
def test_path_without_a_region_is_on_the_global_console(path: str, page: str) -> None:
    """No region is added."""
    assert console_urls.destination_url(AWS, path, "") == f"https://console.aws.amazon.com/{page}"


@pytest.mark.parametrize("region", ["", "eu-west-1"])
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
        "https://evil.example#.console.aws.amazon.com/",
        "http://console.aws.amazon.com/",
        "HTTPS://console.aws.amazon.com/",
        "javascript://console.aws.amazon.com/%0aalert(1)",
        "https://console.amazonaws.cn/",
        "https://evillightsail.aws.amazon.com/",
        "https://docs.aws.amazon.com/",
        "ec2 home",
        "ec2\nhome",
        "ec2\x7f",
        'ec2"x',
        "ec2<x>",
        "ec2/\u00fc",
    ],
)
def test_page_outside_the_console_is_refused(path: str, region: str) -> None:
    """The page receives the session: no look-alikes, no plain http, no other partition, and nothing unusual."""
    with pytest.raises(UsageError, match="--path"):
        console_urls.destination_url(AWS, path, region)


@pytest.mark.parametrize(
    "region", ["evil.example/", "evil.example?", "x.evil.example#", "x@evil.example:1", "eu west", "ü"]
)
@pytest.mark.parametrize("path", ["", "ec2"])
def test_region_that_would_change_the_host_is_refused(region: str, path: str) -> None:
    """The region comes from the config file or the command line and becomes part of the host."""
    with pytest.raises(UsageError, match="is not a region"):
        console_urls.destination_url(AWS, path, region)
