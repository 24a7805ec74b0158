"""A word on the command line -> whose sign-in to IAM Identity Center it means. Pure."""

from __future__ import annotations

from shellvault.core.errors import NoSuchProfileError, UsageError
from shellvault.core.model import Profile

TYPE_CHECKING = False
if TYPE_CHECKING:
    from shellvault.awsconfig.profiles import Profiles

_SAMPLE = (
    "[sso-session corp]",
    "sso_start_url = https://d-1234567890.awsapps.com/start",
    "sso_region = eu-west-1",
)


def choose_sign_in(word: str, book: Profiles) -> Profile:
    """Return the profile whose sign-in is meant: by an sso-session's name, a profile's, or the only sso-session.

    For an sso-session it is one that holds nothing else.

    Raises:
        UsageError: there is no sso-session, or there are several; the profile does not sign in.
        NoSuchProfileError: the word is neither.
    """
    sessions = book.sso_sessions()
    if word in sessions:
        return _of_session(word)
    if word:
        return _of_profile(word, book)
    if len(sessions) == 1:
        return _of_session(sessions[0])
    if sessions:
        raise UsageError("there are several sso-sessions in the config file", f"name one: {', '.join(sessions)}")
    raise UsageError(
        "there is no [sso-session] in the config file",
        "write these lines there, with your own start URL and its region:",
        _SAMPLE,
    )


def _of_session(name: str) -> Profile:
    return Profile(name, (name,), {"sso_session": name})


def _of_profile(name: str, book: Profiles) -> Profile:
    found = book.profile(name)
    if found is None:
        raise _unknown(name, book)
    if not found.get("sso_session") and not found.get("sso_start_url"):
        raise UsageError(f"profile '{name}' does not sign in to IAM Identity Center", _there(book))
    return found


def _unknown(name: str, book: Profiles) -> NoSuchProfileError:
    from difflib import get_close_matches

    near = get_close_matches(name, [*book.sso_sessions(), *book.names()], n=3, cutoff=0.5)
    hint = f"did you mean {' or '.join(near)}?" if near else _there(book)
    return NoSuchProfileError(f"there is neither an sso-session nor a profile '{name}'", hint)


def _there(book: Profiles) -> str:
    sessions = ", ".join(book.sso_sessions())
    return f"name an sso-session: {sessions}" if sessions else "add sso_session = NAME to it, and [sso-session NAME]"
