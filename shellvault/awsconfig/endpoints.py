"""Which endpoint may be given credentials: not a stranger that only an environment variable names. Pure."""

from __future__ import annotations

from shellvault.core.errors import UsageError
from shellvault.core.partitions import PARTITIONS
from shellvault.core.urls import LOOPBACK, host_of
from shellvault.settings import ENDPOINT_VARIABLE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from shellvault.awsconfig.reader import Config
    from shellvault.core.model import Profile

_LABELS = {
    "sts": ("sts", "sts-fips"),
    "sso": ("portal",),
    "sso_oidc": ("oidc",),
    "iam": ("iam", "iam-fips"),
    "signin": ("signin", "signin-fips"),
}
"""Service -> what its hosts are called in AWS's domains; the keys are spelled as a `services` section spells them."""


def choose_endpoint(service: str, profile: Profile | None, config: Config, urls: Mapping[str, str]) -> str:
    """Return the endpoint that the user chose for a service, or the empty string for AWS's own.

    The order is the SDKs': the variables in `urls`, the service's own first, then the profile's `services` section and
    its `endpoint_url`.

    Raises:
        UsageError: it is not one that may be given credentials.
    """
    settings = profile.settings if profile else {}
    configured = settings.get("endpoint_url", "")
    if services := settings.get("services"):
        configured = config.section(f"services {services}").get(f"{service}.endpoint_url", "") or configured
    for variable in (f"{ENDPOINT_VARIABLE}_{service.upper()}", ENDPOINT_VARIABLE):
        if url := urls.get(variable):
            return _require_trusted(url, variable, service, configured=url == configured)
    return _require_trusted(configured, "the config file", service, configured=True) if configured else ""


def _require_trusted(url: str, where: str, service: str, *, configured: bool) -> str:
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
    sign_in = service == "signin"
    domains = [each.sign_in_domain if sign_in else each.domains for each in PARTITIONS.values() if each.domains]
    is_below = any(host.endswith(domain) for domain in domains)
    return is_below and any(label in _LABELS[service] for label in host.split("."))
