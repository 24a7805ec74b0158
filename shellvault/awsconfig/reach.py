"""Turns a profile's settings about where AWS is into the equivalent environment variables for programs. Pure.

A program that gets a session but no profile reads none of these settings. In every SDK the user's own variables
override settings, so they stay; one for all services even overrides a setting for a single service.
"""

from __future__ import annotations

from shellvault.awsconfig.endpoints import CA_BUNDLE, ENDPOINT, IGNORE_CONFIGURED, SERVICES, SWITCHES, require_services
from shellvault.settings import ENDPOINT_VARIABLE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from shellvault.awsconfig.profiles import Profiles
    from shellvault.core.model import Profile
    from shellvault.settings import Settings


def list_reach(profile: Profile, profiles: Profiles, settings: Settings) -> dict[str, str]:
    """Return the variables and their values, without those that the user has set.

    Raises:
        UsageError: the profile's `services` section is missing.
    """
    found = _list_endpoints(profile, profiles, settings.endpoint_urls)
    if bundle := profiles.own_ca_bundle(profile):
        found[f"AWS_{CA_BUNDLE.upper()}"] = bundle
    for switch in SWITCHES:
        if value := profile.settings.get(switch):
            found[f"AWS_{switch.upper()}"] = value.lower()
    return {name: value for name, value in found.items() if not settings.environ.get(name)}


def describe_reach(name: str, value: str) -> str:
    """Describe what such a variable names, for people."""
    return f"the endpoint {value}" if name.startswith(ENDPOINT_VARIABLE) else f"the certificates in {value}"


def _list_endpoints(profile: Profile, profiles: Profiles, urls: Mapping[str, str] | None) -> dict[str, str]:
    """Return the endpoints; none if they are switched off, or if the user's own variable overrides them all."""
    if urls is None or ENDPOINT_VARIABLE in urls or profiles.is_on(IGNORE_CONFIGURED, profile):
        return {}
    own = profile.settings
    require_services(profile, profiles.config)
    found = {ENDPOINT_VARIABLE: own[ENDPOINT]} if own.get(ENDPOINT) else {}
    section = profiles.section(f"services {own[SERVICES]}") if own.get(SERVICES) else {}
    for key, url in section.items():
        service, dot, setting = key.partition(".")
        if dot and setting == ENDPOINT and url and service.isascii() and service.replace("_", "").isalnum():
            found[f"{ENDPOINT_VARIABLE}_{service.upper()}"] = url
    return found
