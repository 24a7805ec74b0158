"""Whether each profile leads to something that gives credentials."""

from __future__ import annotations

from shellvault.core.chain.resolve import SessionOptions, resolve
from shellvault.core.chain.root_credentials import SOURCES
from shellvault.core.errors import ShellvaultError
from shellvault.doctor.finding import NOTE, OK, Finding, from_error

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from shellvault.awsconfig.profiles import Profiles
    from shellvault.settings import Settings

_MOST = 500  # each one searches the whole file
_POINTERS = ("role_arn", "source_profile", "include_profile", "sso_account_id", *SOURCES)
"""Settings of a profile that should lead to credentials; one with only a region need not."""


def check_profiles(load_profiles: Callable[[], Profiles], settings: Settings) -> Iterator[Finding]:
    """Resolve every profile's chain; nothing is obtained."""
    try:
        profiles = load_profiles()
    except ShellvaultError as error:
        yield from_error(error)
        return
    names = profiles.config.names()
    wrong = [found for name in names[:_MOST] if (found := _check_profile(name, profiles))]
    yield from wrong
    if len(names) > _MOST:
        yield Finding(NOTE, f"only the first {_MOST} of {len(names)} profiles were checked", "shellvault env PROFILE")
    elif names and not wrong:
        yield Finding(OK, f"all profiles resolve to credentials ({len(names)} in the config file)")
    chosen = settings.environ.get("AWS_PROFILE")
    if chosen and chosen not in profiles.names():
        yield Finding(NOTE, f"AWS_PROFILE names '{chosen}', which is not a profile", "unset AWS_PROFILE")


def _check_profile(name: str, profiles: Profiles) -> Finding | None:
    if not any(key in profiles.section(f"profile {name}") for key in _POINTERS):
        return None
    try:
        resolve(name, profiles, SessionOptions())
    except ShellvaultError as error:
        if error.message == _endpoint_error(profiles):  # the environment's fault, which the clock's check reports
            return None
        message = error.message if f"'{name}'" in error.message else f"profile '{name}': {error.message}"
        return Finding(NOTE, message, error.hint)
    return None


def _endpoint_error(profiles: Profiles) -> str:
    """Return what is wrong with the endpoint that the environment names, if anything."""
    try:
        profiles.endpoint(None)
    except ShellvaultError as error:
        return error.message
    return ""
