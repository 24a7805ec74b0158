"""Profile -> the profiles that its `source_profile` leads to, down to the one with credentials of its own. Pure."""

from __future__ import annotations

from shellvault.core.chain.root_credentials import WEB_IDENTITY, find_source
from shellvault.core.errors import NoSuchProfileError, UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from shellvault.core.model import Profile, ProfileLookup


MOST = 50
"""Profiles of one chain: each is a call to AWS, and a lock that is held meanwhile."""


def source_profiles(name: str, lookup: ProfileLookup) -> list[Profile]:
    """Return the requested profile and those below it, down to the one with credentials of its own.

    Raises:
        NoSuchProfileError: the name is unknown.
        UsageError: the config file contradicts itself.
    """
    path = [lookup.profile(name) or require_profile(name, lookup)]
    while source := _source_name(path[-1], lookup):
        names = [profile.name for profile in path]
        if source in names:
            raise UsageError(
                f"source_profile loops: {' -> '.join([*names, source])}",
                "point one of them at a profile with its own key pair",
            )
        found = lookup.profile(source)
        if len(path) >= MOST:
            raise UsageError(
                f"source_profile of '{name}' leads through more than {MOST} profiles",
                f"let '{names[-1]}' or one above it name a profile with a key pair of its own",
            )
        if found is None:
            from shellvault.core.text import quote_word

            raise UsageError(
                f"profile '{names[-1]}' names source_profile '{source}', which is neither a profile nor a key pair",
                f"shellvault add {quote_word(source)}",
            )
        path.append(found)
    return path


def require_profile(name: str, lookup: ProfileLookup, otherwise: str = "") -> Profile:
    """Return a profile by its name.

    Raises:
        NoSuchProfileError: the name is unknown; the hint has the nearest ones, or else `otherwise`.
    """
    if found := lookup.profile(name):
        return found
    from difflib import get_close_matches

    from shellvault.core.text import quote_word

    near = get_close_matches(name, lookup.names(), n=3, cutoff=0.5)
    unknown = f"see shellvault list; to store a key pair: shellvault add {quote_word(name)}"
    hint = f"did you mean {' or '.join(near)}?" if near else otherwise or unknown
    raise NoSuchProfileError(f"no profile or key pair is named '{name}'", hint)


def _source_name(profile: Profile, lookup: ProfileLookup) -> str:
    """Return the profile that provides the credentials, or the empty string where this one has its own."""
    settings = profile.settings
    if "\n" in "".join(settings.values()):
        _refuse_swallowed_lines(profile.name, settings)
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


def _refuse_swallowed_lines(name: str, settings: Mapping[str, str]) -> None:
    """Refuse a setting that its indentation made part of the one above it: a role must not get lost unseen."""
    for key, value in settings.items():
        if "\n" in value and key != "session_tags":
            lost = [line for line in value.split("\n")[1:] if "=" in line]
            if lost:
                raise UsageError(
                    f"profile '{name}': the indented line '{lost[0]}' continues the value of '{key}'",
                    "remove the spaces before it in the config file",
                )
