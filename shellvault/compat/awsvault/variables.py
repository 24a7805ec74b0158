"""What aws-vault's environment variables ask for, where nothing of ours says otherwise. Pure.

docs/aws-vault.md has all of them. As in aws-vault they stand over the profile and under the command line.
"""

from __future__ import annotations

from shellvault.core.durations import parse_duration

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from shellvault.core.chain.links import Chain
    from shellvault.core.chain.resolve import SessionOptions
    from shellvault.core.model import Profile

LENGTHS = {
    "AWS_ASSUME_ROLE_TTL": "role",
    "AWS_SESSION_TOKEN_TTL": "token",
    "AWS_CHAINED_SESSION_TOKEN_TTL": "shared_token",
}
"""Variable -> the length of time in a wish."""

EVERY_PROFILE = {"AWS_MFA_SERIAL": "mfa_serial", "AWS_STS_REGIONAL_ENDPOINTS": "sts_regional_endpoints"}
"""Variable -> the setting that it replaces in every profile of the chain."""

OWN_PROFILE = {
    "AWS_ROLE_SESSION_NAME": "role_session_name",
    "AWS_SESSION_TAGS": "session_tags",
    "AWS_TRANSITIVE_TAGS": "transitive_session_tags",
    "AWS_SOURCE_IDENTITY": "source_identity",
}
"""Variable -> the setting that it replaces in the profile asked for, and not in those below it."""

ROLE = "AWS_ROLE_ARN"
LEAST = "AWS_MIN_TTL"


def apply_variables(wish: SessionOptions, environ: Mapping[str, str]) -> SessionOptions:
    """Return the wish with what the variables add to it.

    Raises:
        UsageError: one of them is no length of time.
    """
    lengths = {field: parse_duration(text, name) for name, field in LENGTHS.items() if (text := environ.get(name, ""))}
    return wish.replace(
        **lengths, every_profile=_settings(EVERY_PROFILE, environ), own_profile=_settings(OWN_PROFILE, environ)
    )


def describe_ignored_role(environ: Mapping[str, str], profile: Profile) -> str:
    """Return what there is to tell of AWS_ROLE_ARN, or the empty string.

    It is not followed: other programs have it for uses of their own, and it would put a session of one account under
    the name of another. Beside a web identity's token it is SDKs', and means nothing here.
    """
    arn = environ.get(ROLE, "")
    if not arn or arn == profile.get("role_arn") or environ.get("AWS_WEB_IDENTITY_TOKEN_FILE"):
        return ""
    return f"{ROLE} is set, and not followed: '{profile.name}' stays what the config file says; make the role a profile"


def minimum_time_left(environ: Mapping[str, str], chain: Chain) -> int:
    """Return how many seconds a session from the cache has left at least, by AWS_MIN_TTL; 0 where it is not set.

    No more than three quarters of what was asked of AWS: else no session would ever serve two commands, and shells that
    share one would take turns in renewing it.

    Raises:
        UsageError: it is no length of time.
    """
    text, lasts = environ.get(LEAST, ""), int(getattr(chain, "duration", 0))
    apply_variables = parse_duration(text, LEAST) if text else 0
    return min(apply_variables, lasts * 3 // 4) if lasts else apply_variables


def _settings(names: Mapping[str, str], environ: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    return tuple((key, text) for name, key in names.items() if (text := environ.get(name, "")))
