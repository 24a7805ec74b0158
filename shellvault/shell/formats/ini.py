"""A section for ~/.aws/credentials, or for ~/.aws/config, whose headers have one more word."""

from __future__ import annotations

from shellvault.awsconfig.document import profile_header
from shellvault.core.record import Secret
from shellvault.shell.formats.exported import is_one_line, refuse_value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from shellvault.shell.formats.exported import Exported

_SETTINGS = {
    "AWS_ACCESS_KEY_ID": "aws_access_key_id",
    "AWS_SECRET_ACCESS_KEY": "aws_secret_access_key",
    "AWS_SESSION_TOKEN": "aws_session_token",
    "AWS_CREDENTIAL_EXPIRATION": "aws_credential_expiration",
    "AWS_ACCOUNT_ID": "aws_account_id",
    "AWS_REGION": "region",
    "AWS_ENDPOINT_URL": "endpoint_url",
    "AWS_CA_BUNDLE": "ca_bundle",
    "AWS_USE_FIPS_ENDPOINT": "use_fips_endpoint",
    "AWS_USE_DUALSTACK_ENDPOINT": "use_dualstack_endpoint",
    "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "ignore_configured_endpoint_urls",
}
INI_SETTINGS = frozenset((*_SETTINGS.values(), "aws_security_token"))
"""The settings of a section that are replaced with it; others in it are somebody else's."""


def render_credentials(exported: Exported) -> Secret:
    """Return a section for the credentials file."""
    if exported.profile == "DEFAULT":  # Python's parser treats it as the defaults of all sections
        _refuse_header(exported.profile)
    return _section(exported, f"[{exported.profile}]")


def render_config(exported: Exported) -> Secret:
    """Return a section for the config file."""
    return _section(exported, profile_header(exported.profile))


def list_settings(exported: Exported) -> dict[str, str]:
    """Return the settings for the section.

    Raises:
        UsageError: a header cannot hold this name, or a setting cannot hold this value.
    """
    _require_header(exported.profile)
    found = {}
    for variable, setting in _SETTINGS.items():
        value = exported.variables.get(variable)
        if value is None:
            continue
        if not is_one_line(value) or any(one.isspace() for one in value):  # to some SDKs a space starts a comment
            raise refuse_value(variable, "an ini setting (format ini)")
        found[setting] = value
    return found


def _section(exported: Exported, header: str) -> Secret:
    lines = [f"{setting} = {value}\n" for setting, value in list_settings(exported).items()]
    return Secret("".join((f"{header}\n", *lines)))


def _require_header(name: str) -> None:
    if not is_one_line(name) or not name or name != name.strip() or any(one in "[]'\"\\" for one in name):
        _refuse_header(name)


def _refuse_header(name: str) -> None:
    """Refuse a profile's name that would not be read back as it is."""
    raise refuse_value(f"the profile name {name!r}", "a section header (format ini)")
