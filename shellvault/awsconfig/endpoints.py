"""Which endpoint may be given credentials: not a stranger that only an environment variable names. Pure.

A loopback address that only a variable names may still be another user's server: `TrustGuard` looks before it is used.
"""

from __future__ import annotations

from shellvault.core.errors import UsageError
from shellvault.settings import ENDPOINT_VARIABLE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from shellvault.awsconfig.reader import Config
    from shellvault.core.model import Profile

ENDPOINT, SERVICES, CA_BUNDLE = "endpoint_url", "services", "ca_bundle"
IGNORE_CONFIGURED = "ignore_configured_endpoint_urls"
VARIANTS = ("use_fips_endpoint", "use_dualstack_endpoint")
SWITCHES = (IGNORE_CONFIGURED, *VARIANTS)
REACH_SETTINGS = frozenset((ENDPOINT, SERVICES, CA_BUNDLE, *SWITCHES))
"""What a profile can say about where AWS is; most say nothing."""


def choose_endpoint(service: str, profile: Profile | None, config: Config, urls: Mapping[str, str]) -> tuple[str, str]:
    """Return the endpoint that the user chose for a service, and the variable that names it.

    The endpoint is the empty string for AWS's own. The variable is the empty string where the config file names the
    endpoint, too. The order is the SDKs': the variables in `urls`, the service's own first, then the profile's
    `services` section and its `endpoint_url`.

    Raises:
        UsageError: it is not one that may be given credentials, or the profile's `services` section is missing.
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
    require_services(profile, config)
    return (_require_trusted(configured, "the config file", service, configured=True) if configured else ""), ""


def require_services(profile: Profile | None, config: Config) -> None:
    """Refuse a profile that names a `services` section which is not there: its requests must not go to AWS instead.

    Raises:
        UsageError: it does; the hint has the nearest names.
    """
    services = profile.settings.get(SERVICES) if profile else ""
    if profile and services and not config.has_section(f"{SERVICES} {services}"):
        from shellvault.core.chain.misread_names import explain_missing  # only for the error

        raise explain_missing(profile.name, SERVICES, services, config.headers(), SERVICES)


def _require_trusted(url: str, where: str, service: str, *, configured: bool) -> str:
    from shellvault.core.urls import LOOPBACK, host_of  # only where an endpoint is named

    host = host_of(url)
    if host in LOOPBACK:
        return url
    if url.startswith("https://") and host:
        from shellvault.core.aws_hosts import is_aws_host

        if configured or is_aws_host(service, host):
            return url
    if configured:
        raise UsageError(f"{where} names the endpoint {url}, which is not https", "change it to https://… or remove it")
    raise UsageError(
        f"{where} names {url}, which is neither AWS nor this machine, and is not trusted with credentials",
        f"unset {where}, or set endpoint_url = https://… in the profile's config section",
    )
