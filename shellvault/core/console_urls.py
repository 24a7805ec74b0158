"""URLs of the AWS console: where one signs in, and which page to show afterwards. Pure."""

from __future__ import annotations

from urllib.parse import urlencode

from shellvault.core.errors import UsageError
from shellvault.core.partitions import PARTITIONS, Partition, partition_of_arn, partition_of_region
from shellvault.core.urls import host_of

ISSUER = "shellvault"
_OWN_PAGES = {
    "health": "https://health.console.aws.amazon.com/health/home",
    "lightsail": "https://lightsail.aws.amazon.com/ls/webapp/home",
    "quicksight": "https://{region}.quicksight.aws.amazon.com/sn/start",
}
"""Service -> its page, for those of the partition `aws` that have a host of their own."""
_OWN_PATHS = {
    "health": "https://health.console.aws.amazon.com",
    "ls": "https://lightsail.aws.amazon.com",
    "sn": "https://{region}.quicksight.aws.amazon.com",
}
"""How paths begin on those hosts -> the host, for a path copied from the browser's address bar."""
_OWN_DOMAINS = ("lightsail.aws.amazon.com", "quicksight.aws.amazon.com")
"""Domains of the partition `aws` that are the console's, too."""
_PLAIN = frozenset("abcdefghijklmnopqrstuvwxyz0123456789-")


def find_console(arn: str, region: str) -> Partition:
    """Return the partition with a role's console, or the region's where there is no ARN.

    Raises:
        UsageError: the two contradict each other, or this partition's console is not known.
    """
    by_region = partition_of_region(region) if region else ""
    name = partition_of_arn(arn) if arn else by_region or "aws"
    known = [each for each, partition in PARTITIONS.items() if partition.console]
    if name not in known:
        raise UsageError(f"unknown console for partition '{name}'", f"known partitions: {', '.join(known)}")
    if by_region not in ("", name):
        raise UsageError(
            f"region '{region}' is not in partition '{name}', where the role is",
            f"use --region with one of its regions, such as {PARTITIONS[name].home_region}",
        )
    return PARTITIONS[name]


def destination_url(partition: Partition, path: str, region: str) -> str:
    """Return the page to show; `path` is relative to the console, a whole URL of it, or empty for its home page.

    Raises:
        UsageError: the URL is outside the console, where a session must not go.
    """
    if not _PLAIN.issuperset(region):  # it becomes part of the host
        raise UsageError(f"{region!r} is not a region", "use --region with a region such as eu-west-1")
    if not path.isascii() or not path.isprintable() or any(character in path for character in ' \\"<>'):
        raise UsageError(f"--path: {path!r} is not a path", "copy it from the browser's address bar, such as ec2/home")
    if "://" in path:
        return _require_console(partition, path)
    path = path.lstrip("/")
    if partition is PARTITIONS["aws"] and (page := _own_page(path)):
        return page.replace("{region}", region or partition.home_region, 1)
    regional = f"https://{region}.{partition.console}/{_with_region(path or 'console/home', region)}"
    return regional if region else f"https://{partition.console}/{path}"


def service_path(service: str) -> str:
    """Return the path of a service's home page.

    Raises:
        UsageError: it cannot be a service's name.
    """
    if not _PLAIN.issuperset(service.lower()) or service.startswith("-"):
        raise UsageError(f"--service: {service!r} is not the name of a service", "use a name such as ec2, or --path")
    return f"{service.lower()}/home"


def _own_page(path: str) -> str:
    """Return the URL of a page that is on a host of its own, or the empty string."""
    place = path.partition("#")[0].partition("?")[0]
    if page := _OWN_PAGES.get(place.rstrip("/").removesuffix("/home")):
        return page + path[len(place) :]
    start, slash, _rest = path.partition("/")
    host = _OWN_PATHS.get(start, "") if slash else ""
    return f"{host}/{path}" if host else ""


def login_url(sign_in: str, token: str, page: str) -> str:
    """Return the URL that opens the console, once."""
    query = {"Action": "login", "Issuer": ISSUER, "Destination": page, "SigninToken": token}
    return f"{sign_in}/federation?{urlencode(query)}"


def logout_url(sign_in: str, then: str) -> str:
    """Return the URL that signs the browser out before it goes on to `then`."""
    return f"{sign_in}/oauth?{urlencode({'Action': 'logout', 'redirect_uri': then})}"


def _require_console(partition: Partition, url: str) -> str:
    domains = (partition.console, *(_OWN_DOMAINS if partition is PARTITIONS["aws"] else ()))
    if url.startswith("https://") and f".{host_of(url)}".endswith(tuple(f".{domain}" for domain in domains)):
        return url
    raise UsageError(
        f"--path: {url} is not in the console at https://{partition.console}",
        f"use a path relative to it, or a URL below {partition.console}",
    )


def _with_region(path: str, region: str) -> str:
    """Return a path with its region in the query, as the console's own links have it."""
    page, mark, fragment = path.partition("#")
    if "region=" not in page:
        page += f"{'&' if '?' in page else '?'}region={region}"
    return page + mark + fragment
