"""A federated user in place of a key pair, for the console and for narrowed sessions. Pure."""

from __future__ import annotations

from shellvault.core.chain.links import FederationToken
from shellvault.core.chain.sts_parameters import (
    HOUR,
    configured_duration,
    require_duration,
    session_name,
    sts_region,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from shellvault.core.chain.links import Chain, StoredKey
    from shellvault.core.model import Profile, ProfileLookup

_LONGEST = 36 * HOUR  # AWS, GetFederationToken


def resolve_federation(chain: Chain, profile: Profile, lookup: ProfileLookup, requested: int) -> FederationToken | None:
    """Return the link for a chain that is a key pair or its own session, which the console does not accept.

    Any other chain gives None. `requested` is in seconds, 0 where nothing was requested.
    """
    key = chain.own_key
    return federate(key, profile, lookup, requested, "a console session") if key else None


def federate(key: StoredKey, profile: Profile, lookup: ProfileLookup, requested: int, what: str) -> FederationToken:
    """Return the link of a federated user with a key pair's permissions; `what` describes it in errors.

    Raises:
        UsageError: the session would be shorter than any that AWS grants.
    """
    endpoint = lookup.endpoint(profile)
    duration = requested or configured_duration(profile)[0] or HOUR
    require_duration(duration, f"{what} for '{profile.name}'")
    return FederationToken(
        profile=profile.name,
        source=key,
        name=session_name(profile)[: FederationToken.naming[1]],
        duration=min(duration, _LONGEST),
        region=sts_region(profile, "", endpoint),
        endpoint=endpoint,
    )
