"""Profile -> the profiles below it, down to the one that has credentials of its own: source_profile. Pure."""

from __future__ import annotations

from shellvault.core.chain.root_credentials import is_web_identity, own_source
from shellvault.core.errors import NoSuchProfileError, UsageError, quote_word

TYPE_CHECKING = False
if TYPE_CHECKING:
    from shellvault.awsconfig.profiles import Profiles
    from shellvault.core.model import Profile


def source_profiles(name: str, book: Profiles) -> list[Profile]:
    """Return the profile asked for and those below it, down to the one that has credentials of its own.

    Raises:
        NoSuchProfileError: the name is unknown.
        UsageError: the config file contradicts itself.
    """
    steps = [require_profile(name, book)]
    while source := _source(steps[-1], book):
        if source in (path := [step.name for step in steps]):
            raise UsageError(
                f"source_profile goes in a circle: {' -> '.join([*path, source])}",
                "let one of them name a profile with a key pair of its own",
            )
        found = book.profile(source)
        if found is None:
            raise UsageError(
                f"profile '{path[-1]}' names source_profile '{source}', which is neither a profile nor a key pair",
                f"shellvault add {quote_word(source)}",
            )
        steps.append(found)
    for step in steps:
        _refuse_swallowed(step)
    return steps


def _refuse_swallowed(profile: Profile) -> None:
    """Refuse a setting that an indentation made part of the one above it: a role must not be lost unseen."""
    for key, value in profile.settings.items():
        lost = [line for line in value.split("\n")[1:] if "=" in line]
        if lost and key != "session_tags":
            raise UsageError(
                f"profile '{profile.name}': the indented line '{lost[0]}' goes on with '{key}'",
                "take the spaces before it out of the config file",
            )


def _source(profile: Profile, book: Profiles) -> str:
    source = profile.get("source_profile")
    if source == profile.name:  # the AWS CLI's spelling of "over this profile's own key pair"
        return ""
    if source and profile.get("credential_source"):
        raise UsageError(
            f"profile '{profile.name}' has both source_profile and credential_source",
            "take one of the two lines out of the config file",
        )
    if profile.get("role_arn"):
        return "" if is_web_identity(profile) else source
    return "" if own_source(profile, book) else source


def require_profile(name: str, book: Profiles) -> Profile:
    """Return a profile by its name.

    Raises:
        NoSuchProfileError: the name is unknown; the hint has the nearest ones.
    """
    if found := book.profile(name):
        return found
    from difflib import get_close_matches

    near = get_close_matches(name, book.names(), n=3, cutoff=0.5)
    unknown = f"see shellvault list; to store a key pair: shellvault add {quote_word(name)}"
    hint = f"did you mean {' or '.join(near)}?" if near else unknown
    raise NoSuchProfileError(f"there is no profile '{name}', and no key pair stored under that name", hint)
