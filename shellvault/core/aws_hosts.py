"""Which hosts are AWS's own, by service, partition and region. Pure."""

from __future__ import annotations

from shellvault.core.partitions import PARTITIONS, partition_of_region
from shellvault.core.urls import authority_of

_NAMES = {
    "sts": ("sts", "sts-fips"),
    "sso": ("portal.sso", "portal.sso-fips"),
    "sso_oidc": ("oidc", "oidc-fips"),
    "iam": ("iam", "iam-fips"),
    "signin": ("signin", "signin-fips"),
}
"""Service -> what AWS's hosts call it; the keys are spelled as a `services` section spells them."""
_WITHOUT_REGION = {
    "sts": ("sts",),
    "iam": ("iam", "iam-fips", "iam.us-gov", "iam-fips.us-gov", "iam.global", "iam-fips.global"),
}
"""Service -> the names of hosts that serve a whole partition."""

_METADATA_HOSTS = ("169.254.169.254", "[fd00:ec2::254]", "169.254.170.2", "169.254.170.23", "[fd00:ec2::23]")
"""Where EC2, ECS and EKS give credentials to what runs there: link-local addresses, which no other machine has."""


def is_metadata_address(url: str) -> bool:
    """Return whether a URL points to an AWS service that gives credentials to an instance or a container."""
    scheme, _, _ = url.partition("://")
    return scheme == "http" and authority_of(url).lower().removesuffix(":80") in _METADATA_HOSTS


def is_aws_host(service: str, host: str) -> bool:
    """Return whether a host is AWS's own for the service: anybody can have an API or a bucket under AWS's domains."""
    for partition, each in PARTITIONS.items():
        for name in _names_below(host, each.domains):
            if name in _WITHOUT_REGION.get(service, ()) or _is_regional(service, name, partition):
                return True
        if service == "signin" and _is_sign_in(_names_below(host, (each.sign_in_domain,)), partition):
            return True
    return False


def _names_below(host: str, domains: tuple[str, ...]) -> list[str]:
    return [host.removesuffix(domain) for domain in domains if domain and host.endswith(domain)]


def _is_regional(service: str, name: str, partition: str) -> bool:
    """Return whether a name is `SERVICE.REGION`, or that of a VPC endpoint, `vpce-….SERVICE.REGION.vpce`."""
    endpoint, _, rest = name.partition(".")
    if endpoint.startswith("vpce-") and rest.endswith(".vpce"):
        name = rest.removesuffix(".vpce")
    own, _, region = name.rpartition(".")
    return own in _NAMES[service] and _is_region(region, partition)


def _is_sign_in(names: list[str], partition: str) -> bool:
    """Return whether a name is `signin`, or `REGION.signin`."""
    for name in names:
        region, dot, own = name.rpartition(".")
        if own in _NAMES["signin"] and (not dot or _is_region(region, partition)):
            return True
    return False


def _is_region(text: str, partition: str) -> bool:
    """Return whether a text looks like a region; `s3-us-west-2` does not, since anybody can have a bucket there."""
    *words, number = text.split("-")
    if not number.isdigit() or not words[1:] or not all(word.isalpha() for word in words):
        return False
    lengths = [len(word) for word in words]
    is_usual = lengths[0] == len("us") and not lengths[2:]  # the other partitions' prefixes may be longer
    return partition_of_region(text) == partition and (is_usual or partition != "aws")
