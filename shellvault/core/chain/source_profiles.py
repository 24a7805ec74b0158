"""Profile -> the profiles that its `source_profile` leads to, down to the one with credentials of its own. Pure."""

from __future__ import annotations

from shellvault.core.chain.root_credentials import WEB_IDENTITY, find_source
from shellvault.core.errors import LoopError, UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from shellvault.core.model import Profile, ProfileLookup


MOST = 50
"""Profiles of one chain: each is a call to AWS, and a lock that is held meanwhile."""


def source_profiles(name: str, lookup: ProfileLookup) -> list[Profile]:
    """Return the requested profile and those below it, down to the one with credentials of its own.

    If a source profile has a key pair, botocore uses that, whatever role or source the profile names.

    Raises:
        NoSuchProfileError: the name is unknown.
        UsageError: the config file contradicts itself.
    """
    path = [lookup.profile(name) or require_profile(name, lookup)]
    while source := source_name(path[-1], lookup):
        names = [profile.name for profile in path]
        if source in names:
            hint = "point one of them at a profile with its own key pair"
            raise LoopError("source_profile", [*names, source], hint)
        found = lookup.profile(source)
        if len(path) >= MOST:
            raise UsageError(
                f"source_profile of '{name}' leads through more than {MOST} profiles",
                f"let '{names[-1]}' or one above it name a profile with a key pair of its own",
            )
        if found is None:
            from shellvault.core.chain.misread_names import explain_source  # only for the error

            raise explain_source(path[-1], lookup.names(), lookup.headers())
        path.append(found)
        if source in lookup.fingerprints:
            break
    return path


def require_profile(name: str, lookup: ProfileLookup, otherwise: str = "") -> Profile:
    """Return a profile by its name.

    Raises:
        NoSuchProfileError: the name is unknown; the hint has the nearest ones, or else `otherwise`.
    """
    if found := lookup.profile(name):
        return found
    from shellvault.core.chain.misread_names import explain_unknown  # only for the error

    raise explain_unknown(name, lookup.names(), lookup.headers(), otherwise)


def source_name(profile: Profile, lookup: ProfileLookup) -> str:
    """Return the name of the profile that provides the credentials, or the empty string where this one has its own.

    Raises:
        UsageError: the profile names two sources.
    """
    settings = profile.settings
    source = settings.get("source_profile", "")
    if source == profile.name:  # the AWS CLI's way of saying "over this profile's own key pair"
        return ""
    if source and settings.get("credential_source"):
        raise UsageError(
            f"profile '{profile.name}' has both source_profile and credential_source",
            "remove one of the two lines from the config file",
        )
    if settings.get("role_arn"):
        return "" if any(settings.get(key) for key in WEB_IDENTITY) else source
    return "" if find_source(profile, lookup) else source
