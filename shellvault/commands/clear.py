"""`clear`: forgets cached sessions, so that the next use obtains new ones."""

from __future__ import annotations

from shellvault.argparser import COMMON, Command
from shellvault.commands import VERBS
from shellvault.core.chain.source_profiles import require_profile
from shellvault.core.chain.sso_links import SignIn
from shellvault.request import Answer
from shellvault.storage.browser_folders import forget_browsers

TYPE_CHECKING = False
if TYPE_CHECKING:
    from shellvault.app import App
    from shellvault.argparser import Arguments
    from shellvault.awsconfig.profiles import Profiles
    from shellvault.storage.opener import Storage

COMMAND = Command(
    "clear",
    VERBS["clear"],
    positionals=("[PROFILE]",),
    options=COMMON,
    details="""\
Without PROFILE, sign-ins to IAM Identity Center are forgotten too. With the name of an [sso-session], only its sign-in
is forgotten; sections with the same portal share it and lose it too. A browser profile of login --in, which holds a
session of the console, is deleted unless it is in use. Sessions that shells and programs already have stay valid at AWS
until they expire.
""",
)


def run(app: App, arguments: Arguments) -> Answer:
    """Forget the sessions."""
    name, storage = arguments.first, app.storage
    sign_in = _find_sign_in(name, app.profiles) if name else ""
    if name and not sign_in and name not in {note.profile for note in storage.session_cache().notes()}:
        require_profile(name, app.profiles, "shellvault list --sessions shows what can be forgotten")
    sign_ins = _forget_sign_ins(storage, name, sign_in)
    forgotten = storage.forget_sessions(lambda note: name in ("", note.profile))
    if not name:
        app.request.host.stop_renewals(storage.home, None)
    return _describe(forgotten, sign_ins, forget_browsers(storage.home, name, app.ui.notice))


def _forget_sign_ins(storage: Storage, name: str, identity: str) -> str:
    """Forget the sign-in with this identity, or without a name, every sign-in; return what to tell of it."""
    if name and not identity:
        return ""
    tokens = storage.forget_sessions(lambda note: note.identity == identity if name else note.kind == SignIn.kind)
    found = [tokens, storage.forget_sign_ins(identity)]  # and what renews them
    return ("the sign-in" if name else "every sign-in") if any(found) else ""


def _describe(*forgotten: str) -> Answer:
    parts = list(filter(None, forgotten))
    named = " and ".join(filter(None, (", ".join(parts[:-1]), *parts[-1:])))
    return Answer(stdout=f"Forgot {named}.\n" if named else "No cached sessions.\n")


def _find_sign_in(name: str, profiles: Profiles) -> str:
    """Return the identity of an sso-session's sign-in, or the empty string where the name is no sso-session's."""
    if name not in profiles.sso_sessions():
        return ""
    from shellvault.core.chain.identity_center import resolve_sign_in
    from shellvault.core.chain.sign_in_choice import choose_sign_in

    return resolve_sign_in(choose_sign_in(name, profiles), profiles).identity
