"""Which endpoint may be asked for credentials: a stranger named by an environment variable may not."""

from __future__ import annotations

from shellvault.core.errors import UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from shellvault.awsconfig.reader import Config
    from shellvault.core.model import Profile

_AWS_DOMAINS = (".amazonaws.com", ".amazonaws.com.cn", ".amazonaws.eu", ".api.aws", ".api.amazonwebservices.com.cn")
_CONSOLE_DOMAINS = (".aws.amazon.com", ".amazonaws.cn", ".amazonaws-us-gov.com", ".amazonaws-eusc.eu")
_DOMAINS = {"signin": _CONSOLE_DOMAINS}
"""Services that are not in AWS's usual domains."""
_LABELS = {
    "sts": ("sts", "sts-fips"),
    "sso": ("portal",),
    "sso_oidc": ("oidc",),
    "iam": ("iam", "iam-fips"),
    "signin": ("signin", "signin-fips"),
}
"""Service -> what its hosts are called in AWS's domains; the keys are spelled as a `services` section spells them."""
_LOOPBACK = ("127.0.0.1", "localhost", "[::1]")


def choose_endpoint(service: str, profile: Profile | None, config: Config, environ: Mapping[str, str]) -> str:
    """Return the endpoint of a service that the person chose, checked, or the empty string for AWS's own.

    The order is the SDKs': AWS_ENDPOINT_URL_<SERVICE>, AWS_ENDPOINT_URL, then the profile's `services` section and its
    `endpoint_url`.
    """
    if environ.get("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "").lower() == "true":
        return ""
    named = _from_config(service, profile, config)
    for variable in (f"AWS_ENDPOINT_URL_{service.upper()}", "AWS_ENDPOINT_URL"):
        if url := environ.get(variable, ""):
            return _checked(url, variable, service, trusted=url == named)
    return _checked(named, "the config file", service, trusted=True) if named else ""


def host(url: str) -> str:
    """Return the host of an http or https URL, or the empty string when the URL holds anything unusual."""
    scheme, separator, rest = url.partition("://")
    authority = rest.partition("/")[0]
    usual = all(character.isalnum() or character in ".-:[]" for character in authority) and authority.isascii()
    if scheme not in ("http", "https") or not separator or not usual:
        return ""
    name, colon, port = authority.rpartition(":")
    return (name if colon and port.isdigit() else authority).lower()


def ca_bundle(profile: Profile, environ: Mapping[str, str]) -> str:
    """Return the file of certificates that the person trusts, or the empty string."""
    return environ.get("AWS_CA_BUNDLE") or profile.get("ca_bundle")


def is_loopback(url: str) -> bool:
    """Say whether the URL stays on this machine."""
    return host(url) in _LOOPBACK


def _is_aws(service: str, name: str) -> bool:
    """Say whether a host is AWS's own for the service: anybody may have an API or a bucket under AWS's domains."""
    return name.endswith(_DOMAINS.get(service, _AWS_DOMAINS)) and any(
        label in _LABELS[service] for label in name.split(".")
    )


def _from_config(service: str, profile: Profile | None, config: Config) -> str:
    if profile is None:
        return ""
    services = profile.get("services")
    own = config.section(f"services {services}").get(f"{service}.endpoint_url", "") if services else ""
    return own or profile.get("endpoint_url")


def _checked(url: str, where: str, service: str, *, trusted: bool) -> str:
    name = host(url)
    secure = url.startswith("https://")
    if name in _LOOPBACK or (secure and name and (trusted or _is_aws(service, name))):
        return url
    if trusted:
        raise UsageError(f"{where} names the endpoint {url}, which is not https", "write https://… or take it out")
    raise UsageError(
        f"{where} names {url}, which is neither AWS nor this machine: it is not trusted with credentials",
        f"unset {where}, or name it with https as endpoint_url in the profile's config section",
    )
