"""The config file for programs that ask shellvault: the user's, with `credential_process` in its profiles. Pure.

SDKs look at most other credential settings first, each in its own order. So a profile that asks shellvault has none of
them. Everything else is as in the user's file: other settings, other sections, other profiles.
"""

from __future__ import annotations

from shellvault.awsconfig.document import append_profiles, profile_header, replace_settings
from shellvault.awsconfig.reader import Config
from shellvault.core.errors import UsageError
from shellvault.core.text import quote_word

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
_OVERRIDES = (
    *("aws_access_key_id", "role_arn", "web_identity_token_file", "sso_session", "sso_start_url", "login_session"),
    "credential_process",
)


def find_overrides(text: str, file: str) -> dict[str, str]:
    """Return the profiles that get other credentials from the credentials file, which SDKs prefer to the config file.

    Each comes with the setting that is at fault.

    Raises:
        UsageError: the AWS CLI cannot read such a file.
    """
    sections = dict(Config(text, file).raw_sections())
    inherited = sections.get("DEFAULT", {})
    faults = {name: [key for key in _OVERRIDES if key in {**inherited, **own}] for name, own in sections.items()}
    return {name: found[0] for name, found in faults.items() if found}


def describe_override(name: str, key: str, file: str) -> tuple[str, str]:
    """Return what programs use instead of asking for a profile, and how to fix that."""
    if key == _OVERRIDES[0]:
        return f"programs use the keys of '{name}' in {file}", f"shellvault import {quote_word(name)} --scrub"
    return f"programs use the {key} of '{name}' in {file}", f"move {key} to the profile in the config file"


def write_process_config(
    text: str, profiles: Profiles, asking: Iterable[str], command: Callable[[str], str], cleared: Iterable[str] = ()
) -> str:
    """Return the config file with a `credential_process`, made by `command`, in each of the profiles `asking`.

    The profiles `cleared` have no credentials at all. A key pair without a profile gets one. Included settings are
    written out, since SDKs do not know `include_profile`.
    """
    text = _spell_out_defaults(text, profiles.config)
    named = set(profiles.config.names())
    added = {name: {"credential_process": command(name), **_list_included(name, profiles)} for name in asking}
    there: dict[str, Mapping[str, str]] = {name: each for name, each in added.items() if name in named}
    there |= {name: _list_included(name, profiles) for name in cleared if name in named}
    after = replace_settings(text, there, SOURCE_SETTINGS)
    return append_profiles(after, {name: each for name, each in added.items() if name not in named and _fits(name)})


def _spell_out_defaults(text: str, config: Config) -> str:
    """Return the text with the credential settings of [DEFAULT] moved into each section that inherits them."""
    sections = dict(config.raw_sections())
    inherited = {key: value for key, value in sections.pop("DEFAULT", {}).items() if key in SOURCE_SETTINGS}
    if not inherited:
        return text
    lacking = {
        name: {key: value for key, value in inherited.items() if key not in own and "\n" not in value}
        for name, own in sections.items()
    }
    return replace_settings(replace_settings(text, lacking, (), str), {"DEFAULT": {}}, SOURCE_SETTINGS, str)


def _list_included(name: str, profiles: Profiles) -> Mapping[str, str]:
    """Return the one-line settings that a profile includes from others; a nested one would need the line above it."""
    found, own = profiles.find_settings(name) or {}, profiles.section(f"profile {name}")
    lacking = {key: value for key, value in found.items() if key not in own}
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
