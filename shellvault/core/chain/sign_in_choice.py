"""A word on the command line -> the sign-in to IAM Identity Center that it means. Pure."""

from __future__ import annotations

from shellvault.core.errors import NoSuchProfileError, UsageError
from shellvault.core.model import Profile

TYPE_CHECKING = False
if TYPE_CHECKING:
    from shellvault.core.model import ProfileLookup

_SAMPLE = (
    "[sso-session corp]",
    "sso_start_url = https://d-1234567890.awsapps.com/start",
    "sso_region = eu-west-1",
    "sso_registration_scopes = sso:account:access",
)


def choose_sign_in(word: str, lookup: ProfileLookup) -> Profile:
    """Return the profile with the sign-in: by an sso-session's name, a profile's, or the only sso-session.

    For an sso-session it is a profile with nothing else in it.

    Raises:
        UsageError: there is no sso-session, or there are several; the profile does not sign in.
        NoSuchProfileError: the word is neither.
    """
    sessions = lookup.sso_sessions()
    if word in sessions:
        return _from_session(word)
    if word:
        return _from_profile(word, lookup)
    if len(sessions) == 1:
        return _from_session(sessions[0])
    if sessions:
        raise UsageError("the config file has several sso-sessions", f"name one: {', '.join(sessions)}")
    raise UsageError(
        "there is no [sso-session] in the config file",
        "add these lines to it, with your own start URL and its region:",
        _SAMPLE,
    )


def _from_session(name: str) -> Profile:
    return Profile(name, (name,), {"sso_session": name})


def _from_profile(name: str, lookup: ProfileLookup) -> Profile:
    found = lookup.profile(name)
    if found is None:
        raise _unknown(name, lookup)
    if not found.settings.get("sso_session") and not found.settings.get("sso_start_url"):
        raise UsageError(f"profile '{name}' does not sign in to IAM Identity Center", _suggest(lookup))
    return found


def _unknown(name: str, lookup: ProfileLookup) -> NoSuchProfileError:
    from difflib import get_close_matches

    near = get_close_matches(name, [*lookup.sso_sessions(), *lookup.names()], n=3, cutoff=0.5)
    hint = f"did you mean {' or '.join(near)}?" if near else _suggest(lookup)
    return NoSuchProfileError(f"no sso-session or profile is named '{name}'", hint)


def _suggest(lookup: ProfileLookup) -> str:
    sessions = ", ".join(lookup.sso_sessions())
    return f"name an sso-session: {sessions}" if sessions else "add sso_session = NAME to it, and [sso-session NAME]"
