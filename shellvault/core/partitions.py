"""The AWS console of each partition: where one signs in, and where one may go from there. Pure.

Source: "Enable custom identity broker access to the AWS console" in the IAM User Guide, and each partition's page of
endpoints.
"""

from __future__ import annotations

from urllib.parse import urlencode

from shellvault.awsconfig.endpoints import host
from shellvault.core.errors import UsageError
from shellvault.core.record import Record

ISSUER = "shellvault"


class PartitionConsole(Record):
    """One partition's: the region where its global services are, where one signs in, and the domain of its pages."""

    home_region: str
    sign_in: str
    domain: str


CONSOLES = {
    "aws": PartitionConsole("us-east-1", "https://signin.aws.amazon.com", "console.aws.amazon.com"),
    "aws-cn": PartitionConsole("cn-north-1", "https://signin.amazonaws.cn", "console.amazonaws.cn"),
    "aws-us-gov": PartitionConsole(
        "us-gov-west-1", "https://signin.amazonaws-us-gov.com", "console.amazonaws-us-gov.com"
    ),
    "aws-eusc": PartitionConsole(
        "eusc-de-east-1", "https://eusc-de-east-1.signin.amazonaws-eusc.eu", "console.amazonaws-eusc.eu"
    ),
}
"""Partition -> its console."""

_PREFIXES = {"cn-": "aws-cn", "us-gov-": "aws-us-gov", "eusc-": "aws-eusc", "us-iso": "aws-iso", "eu-isoe-": "aws-iso"}
"""What a region outside of the partition `aws` begins with."""


def partition(region: str) -> str:
    """Return the partition that a region lies in."""
    return next((name for prefix, name in _PREFIXES.items() if region.startswith(prefix)), "aws")


def partition_console(arn: str, region: str) -> PartitionConsole:
    """Return the console of a role's partition, or of the region's where there is no arn.

    Raises:
        UsageError: the two contradict each other, or this partition's console is not known.
    """
    by_region = partition(region) if region else ""
    found = arn.split(":")[1] if arn.startswith("arn:") else by_region or "aws"
    if found not in CONSOLES:
        raise UsageError(f"the console of partition '{found}' is not known", f"known are: {', '.join(CONSOLES)}")
    if by_region not in ("", found):
        raise UsageError(
            f"region '{region}' is not in partition '{found}', where the role is",
            f"give --region with one of its own, such as {CONSOLES[found].home_region}",
        )
    return CONSOLES[found]


def destination(place: PartitionConsole, path: str, region: str) -> str:
    """Return the page to show; `path` is one below the console's address, a whole URL there, or empty for the first.

    Raises:
        UsageError: the URL is not the console's, where the person's session must not be taken.
    """
    if not path.isascii() or not path.isprintable() or any(character in path for character in ' \\"<>'):
        raise UsageError(f"--path: {path!r} is no path", "write it as the browser shows it, such as ec2/home")
    if "://" in path:
        return _whole(place, path)
    base = f"https://{region}.{place.domain}" if region else f"https://{place.domain}"
    if not region:
        return f"{base}/{path.lstrip('/')}"
    return f"{base}/{_in_region(path.lstrip('/') or 'console/home', region)}"


def login_url(sign_in: str, token: str, page: str) -> str:
    """Return the URL that opens the console once."""
    query = {"Action": "login", "Issuer": ISSUER, "Destination": page, "SigninToken": token}
    return f"{sign_in}/federation?{urlencode(query)}"


def logout_url(sign_in: str, then: str) -> str:
    """Return the URL that ends the browser's session before it goes on; the console refuses a second one."""
    return f"{sign_in}/oauth?{urlencode({'Action': 'logout', 'redirect_uri': then})}"


def _whole(place: PartitionConsole, url: str) -> str:
    if url.startswith("https://") and f".{host(url)}".endswith(f".{place.domain}"):
        return url
    raise UsageError(
        f"--path: {url} is not at https://{place.domain}", f"give a path below it, or a URL at {place.domain}"
    )


def _in_region(path: str, region: str) -> str:
    """Return a path that says its region in the query, as the console's own links do."""
    page, mark, fragment = path.partition("#")
    if "region=" not in page:
        page += f"{'&' if '?' in page else '?'}region={region}"
    return page + mark + fragment
