"""Plan -> the federated user that signs in to the console where a profile is a key pair and no role. Pure."""

from __future__ import annotations

from shellvault.core.chain.links import FederationToken, SessionToken, StoredKey
from shellvault.core.chain.resolve import HOUR
from shellvault.core.chain.sts_parameters import role_session_name, sts_region
from shellvault.core.durations import parse_duration

TYPE_CHECKING = False
if TYPE_CHECKING:
    from shellvault.awsconfig.profiles import Profiles
    from shellvault.core.chain.resolve import ResolvedChain

_LONGEST = 36 * HOUR  # AWS, GetFederationToken
_LONGEST_NAME = 32  # likewise


def resolve_federation(plan: ResolvedChain, book: Profiles, wished: str, standing: str = "") -> FederationToken | None:
    """Return the link for a plan whose session is a key pair's own, which the console does not take; None for others.

    `wished` is what --duration says, `standing` what AWS_FEDERATION_TOKEN_TTL says; empty where they say nothing.
    """
    key = plan.chain.source if isinstance(plan.chain, SessionToken) else plan.chain
    if not isinstance(key, StoredKey):
        return None
    endpoint = book.endpoint(plan.profile)
    lengths = {
        "--duration": wished,
        "AWS_FEDERATION_TOKEN_TTL": standing,
        "duration_seconds": plan.profile.get("duration_seconds"),
    }
    duration = next((parse_duration(text, name) for name, text in lengths.items() if text), HOUR)
    return FederationToken(
        profile=plan.profile.name,
        source=key,
        name=role_session_name(plan.profile)[:_LONGEST_NAME],
        duration=min(duration, _LONGEST),
        region=sts_region(plan.profile, "", endpoint),
        endpoint=endpoint,
    )
