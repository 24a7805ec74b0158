"""aws-vault's environment variables for sessions; docs/aws-vault.md has all of them. Pure.

As in aws-vault they override the profile, and the command line overrides them.
"""

from __future__ import annotations

from shellvault.core.chain.sts_parameters import require_mfa_serial
from shellvault.core.durations import parse_duration

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from shellvault.core.chain.resolve import SessionOptions
    from shellvault.core.model import Profile

_FEDERATION = "AWS_FEDERATION_TOKEN_TTL"

DURATIONS = {
    "AWS_ASSUME_ROLE_TTL": "role",
    "AWS_SESSION_TOKEN_TTL": "token",
    "AWS_CHAINED_SESSION_TOKEN_TTL": "shared_token",
}
"""Variable -> the duration in `SessionOptions`."""

EVERY_PROFILE = {"AWS_MFA_SERIAL": "mfa_serial", "AWS_STS_REGIONAL_ENDPOINTS": "sts_regional_endpoints"}
"""Variable -> the setting that it overrides in every profile of the chain."""

OWN_PROFILE = {
    "AWS_ROLE_SESSION_NAME": "role_session_name",
    "AWS_SESSION_TAGS": "session_tags",
    "AWS_TRANSITIVE_TAGS": "transitive_session_tags",
    "AWS_SOURCE_IDENTITY": "source_identity",
}
"""Variable -> the setting that it overrides in the requested profile, and not in those below it."""


def apply_variables(options: SessionOptions, environ: Mapping[str, str]) -> SessionOptions:
    """Return the options, completed from the variables.

    Raises:
        UsageError: one of them is not a duration, or not an MFA device.
    """
    durations = {
        field: parse_duration(text, name) for name, field in DURATIONS.items() if (text := environ.get(name, ""))
    }
    if serial := environ.get("AWS_MFA_SERIAL", ""):
        require_mfa_serial(serial, "AWS_MFA_SERIAL")
    every, own = _read_settings(EVERY_PROFILE, environ), _read_settings(OWN_PROFILE, environ)
    return options.replace(**durations, every_profile=every, own_profile=own)


def _read_settings(names: Mapping[str, str], environ: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    return tuple((key, text) for name, key in names.items() if (text := environ.get(name, "")))


def find_federation_duration(environ: Mapping[str, str]) -> int:
    """Return how long a federated user's session should last, in seconds; 0 if nothing was said."""
    text = environ.get(_FEDERATION, "")
    return parse_duration(text, _FEDERATION) if text else 0


def list_ignored(role_arn: str, profile: Profile) -> list[str]:
    """Return a notice where AWS_ROLE_ARN is set and names another role than the profile: it is not followed.

    Other programs use it for their own purposes, and it would put a session of one account under another's name.
    """
    if role_arn in ("", profile.settings.get("role_arn")):
        return []
    how = 'to use that role, add --role-arn "$AWS_ROLE_ARN", or a profile for it'
    return [f"AWS_ROLE_ARN is set, but ignored: '{profile.name}' uses what the config file says; {how}"]
