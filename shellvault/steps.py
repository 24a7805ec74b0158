"""Profile -> the profiles below it, down to the key pair that is used: source_profile and include_profile. Pure."""

from __future__ import annotations

from shellvault.errors import NoKeyPairError, NoSuchProfileError, UsageError
from shellvault.model import StoredKey

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Protocol

    from shellvault.model import Profile

    class Book(Protocol):
        """What is known of profiles and key pairs, without reading a secret."""

        def profile(self, name: str) -> Profile | None:
            """Return a profile of the config file, or a bare one where only a key pair has the name."""

        def names(self) -> list[str]:
            """Return every name that `profile` knows."""

        def fingerprint(self, name: str) -> str:
            """Return the fingerprint of the key pair stored under exactly this name, or the empty string."""

        def endpoint(self, profile: Profile) -> str:
            """Return the STS endpoint chosen for this profile, or the empty string."""


_ELSEWHERE = {
    "sso_session": "IAM Identity Center (SSO)",
    "sso_start_url": "IAM Identity Center (SSO)",
    "web_identity_token_file": "a web identity token",
    "web_identity_token_process": "a web identity token",
    "credential_process": "a credential_process",
    "credential_source": "a credential_source",
}


def steps_to_key(name: str, book: Book) -> list[Profile]:
    """Return the profile asked for and those below it, down to the one whose key pair is used.

    Raises:
        NoSuchProfileError: the name is unknown.
        UsageError: the config file contradicts itself.
    """
    steps = [known(name, book)]
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
                f"shellvault add {source}",
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


def _source(profile: Profile, book: Book) -> str:
    source = profile.get("source_profile")
    if source == profile.name:  # the AWS CLI's spelling of "over this profile's own key pair"
        return ""
    own_key = any(book.fingerprint(name) for name in profile.lineage)
    return source if profile.get("role_arn") or not own_key else ""


def known(name: str, book: Book) -> Profile:
    """Return a profile by its name.

    Raises:
        NoSuchProfileError: the name is unknown; the hint has the nearest ones.
    """
    if found := book.profile(name):
        return found
    from difflib import get_close_matches

    near = get_close_matches(name, book.names(), n=3, cutoff=0.5)
    unknown = f"see shellvault list; to store a key pair: shellvault add {name}"
    hint = f"did you mean {' or '.join(near)}?" if near else unknown
    raise NoSuchProfileError(f"there is no profile '{name}', and no key pair stored under that name", hint)


def stored_key(foot: Profile, book: Book) -> StoredKey:
    """Return the key pair of the last step.

    Raises:
        NoKeyPairError: there is none; the hint says what to add.
    """
    for name in foot.lineage:
        if fingerprint := book.fingerprint(name):
            return StoredKey(name=name, fingerprint=fingerprint)
    for key, what in _ELSEWHERE.items():
        if foot.get(key):
            raise NoKeyPairError(
                f"profile '{foot.name}' takes its credentials from {what}, which this version cannot do",
                f"shellvault add {foot.name}",
            )
    if foot.get("role_arn"):
        raise NoKeyPairError(
            f"profile '{foot.name}' has a role_arn but no key pair leads to it",
            f"add source_profile = NAME to [profile {foot.name}], or run: shellvault add {foot.name}",
        )
    raise NoKeyPairError(f"no key pair is stored for profile '{foot.name}'", f"shellvault add {foot.name}")
