"""Sets up a shell in which programs ask shellvault themselves, through a generated config file. Pure."""

from __future__ import annotations

from shellvault.core.environment import (
    ABOUT,
    CHOICE,
    CONFIG_FILE,
    CREDENTIALS,
    EXPIRES_AT,
    KEY_ID,
    NAMES,
    REFRESH_AT,
    SHADOWS,
    enter_wanted,
)
from shellvault.core.shell_memory import CONFIG_FILES, TOKEN_FILE, mark_of, recall

THROUGH = "through credential_process"
"""How programs get credentials in such a shell."""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from shellvault.core.shell_memory import Changes

_GONE = (*SHADOWS, TOKEN_FILE, *CREDENTIALS, *ABOUT, KEY_ID, EXPIRES_AT, REFRESH_AT)
"""What would come before a profile, or belongs to the session before."""


def enter_process(
    environ: Mapping[str, str], profile: str, files: tuple[str, str], own_config: str, region: str
) -> Changes:
    """Return the changes that make SDKs ask shellvault for each profile's credentials, and choose `profile` if given.

    `files` are the generated config file and an empty credentials file, or "" for the user's; `own_config` is the
    user's config file, which we read. A region would apply to every profile, so it is set only on request.
    """
    wanted: Changes = dict.fromkeys(name for name in _GONE if profile or name not in CHOICE)
    wanted |= {name: file for name, file in zip(CONFIG_FILES, files, strict=True) if file}
    wanted[CONFIG_FILE] = own_config
    if profile:
        wanted |= {CHOICE[0]: profile, **dict.fromkeys(NAMES, profile)}
    return enter_wanted(environ, profile, wanted, region)


def asks_shellvault(environ: Mapping[str, str]) -> bool:
    """Return whether programs in this shell ask shellvault, judging by the config file that was put there."""
    mark, _old = recall(environ).get(CONFIG_FILES[0], ("", None))
    return CONFIG_FILE in environ and mark_of(environ.get(CONFIG_FILES[0])) == mark


def chosen_profile(environ: Mapping[str, str]) -> str:
    """Return the profile that programs use by default, or the empty string."""
    return environ.get(CHOICE[0]) or environ.get(CHOICE[1], "")
