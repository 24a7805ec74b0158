"""Which endpoint may be given credentials: not a stranger that only an environment variable names. Pure.

A loopback address that only a variable names may still be another user's server: `TrustGuard` looks before it is used.
"""

from __future__ import annotations

from shellvault.core.errors import UsageError
from shellvault.core.partitions import PARTITIONS, partition_of_region
from shellvault.settings import ENDPOINT_VARIABLE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from shellvault.awsconfig.reader import Config
    from shellvault.core.model import Profile

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


def choose_endpoint(service: str, profile: Profile | None, config: Config, urls: Mapping[str, str]) -> tuple[str, str]:
    """Return the endpoint that the user chose for a service, and the variable that names it.

    The endpoint is the empty string for AWS's own. The variable is the empty string where the config file names the
    endpoint, too. The order is the SDKs': the variables in `urls`, the service's own first, then the profile's
    `services` section and its `endpoint_url`.

    Raises:
        UsageError: it is not one that may be given credentials.
    """
    settings = profile.settings if profile else {}
    configured = settings.get("endpoint_url", "")
    if services := settings.get("services"):
        configured = config.section(f"services {services}").get(f"{service}.endpoint_url", "") or configured
    for variable in (f"{ENDPOINT_VARIABLE}_{service.upper()}", ENDPOINT_VARIABLE):
        if url := urls.get(variable):
            if url == configured:
                return _require_trusted(url, variable, service, configured=True), ""
            return _require_trusted(url, variable, service, configured=False), variable
    return (_require_trusted(configured, "the config file", service, configured=True) if configured else ""), ""


def _require_trusted(url: str, where: str, service: str, *, configured: bool) -> str:
    from shellvault.core.urls import LOOPBACK, host_of  # only where an endpoint is named

    host = host_of(url)
    if host in LOOPBACK or (url.startswith("https://") and host and (configured or _is_aws(service, host))):
        return url
    if configured:
        raise UsageError(f"{where} names the endpoint {url}, which is not https", "change it to https://… or remove it")
    raise UsageError(
        f"{where} names {url}, which is neither AWS nor this machine, and is not trusted with credentials",
        f"unset {where}, or set endpoint_url = https://… in the profile's config section",
    )


def _is_aws(service: str, host: str) -> bool:
    """Return whether a host is AWS's own for the service: anybody may have an API or a bucket under AWS's domains."""
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
    """Return whether a text has a region's form; `s3-us-west-2`, for one, has not: anybody may have a bucket there."""
    *words, number = text.split("-")
    if not number.isdigit() or not words[1:] or not all(word.isalpha() for word in words):
        return False
    lengths = [len(word) for word in words]
    is_usual = lengths[0] == len("us") and not lengths[2:]  # the other partitions' prefixes may be longer
    return partition_of_region(text) == partition and (is_usual or partition != "aws")
