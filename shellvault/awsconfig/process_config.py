"""The config file for programs that ask shellvault: the user's, with `credential_process` in its profiles. Pure.

SDKs look at most other credential settings first, each in its own order. So a profile that asks shellvault has none of
them. Everything else is as in the user's file: other settings, other sections, other profiles.
"""

from __future__ import annotations

from shellvault.awsconfig.document import append_profiles, profile_header, replace_settings
from shellvault.core.errors import UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from shellvault.awsconfig.profiles import Profiles

_AWS = (
    *("role_arn", "source_profile", "credential_source", "external_id", "mfa_serial", "role_session_name"),
    *("duration_seconds", "web_identity_token_file", "login_session", "credential_process"),
    *("sso_session", "sso_start_url", "sso_region", "sso_account_id", "sso_role_name", "sso_registration_scopes"),
    *("aws_access_key_id", "aws_secret_access_key", "aws_session_token", "aws_security_token", "aws_account_id"),
    "aws_credential_expiration",
)
_OURS = (
    *("include_profile", "mfa_process", "web_identity_token_process", "session_tags", "transitive_session_tags"),
    *("source_identity", "session_policy", "session_policy_arns"),
)
SOURCE_SETTINGS = frozenset((*_AWS, *_OURS))
"""The settings that say where a profile's credentials come from, or shape them."""


def write_process_config(
    text: str, profiles: Profiles, asking: Iterable[str], command: Callable[[str], str], cleared: Iterable[str] = ()
) -> str:
    """Return the config file with a `credential_process`, made by `command`, in each of the profiles `asking`.

    The profiles `cleared` have no credentials at all. A key pair without a profile gets one. Included settings are
    written out, since SDKs do not know `include_profile`.
    """
    named = set(profiles.config.names())
    added = {name: {"credential_process": command(name), **_list_included(name, profiles)} for name in asking}
    there: dict[str, Mapping[str, str]] = {name: each for name, each in added.items() if name in named}
    there |= {name: _list_included(name, profiles) for name in cleared if name in named}
    after = replace_settings(text, there, SOURCE_SETTINGS)
    return append_profiles(after, {name: each for name, each in added.items() if name not in named and _fits(name)})


def _list_included(name: str, profiles: Profiles) -> Mapping[str, str]:
    """Return the one-line settings that a profile includes from others; a nested one would need the line above it."""
    found, own = profiles.profile(name), profiles.section(f"profile {name}")
    lacking = {key: value for key, value in found.settings.items() if key not in own} if found else {}
    return {
        key: value
        for key, value in lacking.items()
        if value and key not in SOURCE_SETTINGS and "." not in key and "\n" not in value
    }


def _fits(name: str) -> bool:
    """Return whether a config file can have a profile of this name."""
    try:
        return bool(profile_header(name))
    except UsageError:
        return False
