"""Sets up a shell in which programs ask shellvault themselves, through a generated config file. Pure."""

from __future__ import annotations

from shellvault.core.environment import (
    ABOUT,
    ACCOUNT,
    CHOICE,
    CONFIG_FILE,
    CONTAINER_TOKEN_FILE,
    CONTAINER_URI,
    CREDENTIALS,
    EXPIRES_AT,
    FILES,
    KEY_ID,
    NAMES,
    REFRESH_AT,
    SERVER,
    SHADOWS,
    STAMP,
    enter_wanted,
)
from shellvault.core.ownership import name_files
from shellvault.core.shell_memory import CONFIG_FILES, TOKEN_FILE

THROUGH = "through credential_process"
"""How programs get credentials in such a shell."""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from shellvault.core.shell_memory import Changes

_GONE = (*SHADOWS, TOKEN_FILE, *CREDENTIALS, *ABOUT, KEY_ID, EXPIRES_AT, REFRESH_AT)
"""What SDKs would prefer to a profile, or what belongs to the previous session."""


def enter_process(
    environ: Mapping[str, str], profile: str, files: tuple[str, str], own_config: str, region: str
) -> Changes:
    """Return the changes that make SDKs ask shellvault for each profile's credentials, and choose `profile` if given.

    `files` are the generated config file and an empty credentials file, or "" for the user's; `own_config` is the
    user's config file, which we read. A region would apply to every profile, so it is set only on request.
    """
    wanted: Changes = dict.fromkeys(name for name in _GONE if profile or name not in CHOICE)
    chosen = {name: file for name, file in zip(CONFIG_FILES, files, strict=True) if file}
    wanted |= {**chosen, CONFIG_FILE: own_config, FILES: name_files({**environ, **chosen})}
    if profile:
        wanted |= {CHOICE[0]: profile, **dict.fromkeys(NAMES, profile)}
    return enter_wanted(environ, profile, wanted, region)


def enter_server(
    environ: Mapping[str, str],
    profile: str,
    ticket: tuple[str, str],
    files: tuple[str, str],
    own_config: str,
    region: str,
    account: str,
    status_file: str,
    about: Mapping[str, str],
) -> Changes:
    """Return the changes that make programs ask an endpoint for `profile`, and shellvault for other profiles.

    `ticket` is the endpoint's URL and the token file; `files` are the generated config file, without
    credentials in its default profile, and an empty credentials file, because SDKs look there first.
    """
    wanted: Changes = {**dict.fromkeys(_GONE), **about, ACCOUNT: account or None, STAMP: status_file}
    wanted |= zip((CONTAINER_URI, CONTAINER_TOKEN_FILE), ticket, strict=True)
    chosen = dict(zip(CONFIG_FILES, files, strict=True))
    wanted |= {**chosen, FILES: name_files(chosen)}
    wanted |= {CONFIG_FILE: own_config, SERVER: ticket[0], **dict.fromkeys(NAMES, profile)}
    return enter_wanted(environ, profile, wanted, region)
