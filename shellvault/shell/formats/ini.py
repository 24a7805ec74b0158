"""A section for ~/.aws/credentials, or for ~/.aws/config, where its heading has one word more."""

from __future__ import annotations

from shellvault.core.record import Secret
from shellvault.shell.formats.exported import is_one_line, refuse_value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from shellvault.core.errors import UsageError
    from shellvault.shell.formats.exported import Exported

_SETTINGS = {
    "AWS_ACCESS_KEY_ID": "aws_access_key_id",
    "AWS_SECRET_ACCESS_KEY": "aws_secret_access_key",
    "AWS_SESSION_TOKEN": "aws_session_token",
    "AWS_CREDENTIAL_EXPIRATION": "aws_credential_expiration",
    "AWS_REGION": "region",
}


def credentials(exported: Exported) -> Secret:
    """Return a section as the credentials file has it."""
    if exported.profile == "DEFAULT":  # Python's parser takes this one for the settings of all sections
        raise _no_heading(exported.profile)
    return _section(exported, exported.profile)


def config(exported: Exported) -> Secret:
    """Return a section as the config file has it."""
    name = exported.profile
    words = f'"{name}"' if any(one.isspace() for one in name) else name  # the SDKs split this one into words
    return _section(exported, name if name == "default" else f"profile {words}")


def _section(exported: Exported, heading: str) -> Secret:
    if not _is_heading(exported.profile):
        raise _no_heading(exported.profile)
    lines = [f"[{heading}]\n"]
    for name, setting in _SETTINGS.items():
        value = exported.variables.get(name)
        if value is None:
            continue
        if not is_one_line(value) or any(one.isspace() for one in value):  # some SDKs see a comment behind a space
            raise refuse_value(name, "an ini setting (format ini)")
        lines.append(f"{setting} = {value}\n")
    return Secret("".join(lines))


def _no_heading(name: str) -> UsageError:
    return refuse_value(f"the profile's name, {name!r},", "a heading (format ini)")


def _is_heading(name: str) -> bool:
    """Say whether a name is read back as it is."""
    return is_one_line(name) and name == name.strip() != "" and not any(one in "[]'\"\\" for one in name)
