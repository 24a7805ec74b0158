"""`clear`: forgets cached sessions, so that the next use obtains new ones."""

from __future__ import annotations

from shellvault.argparser import COMMON, Command
from shellvault.core.chain.links import SignIn
from shellvault.core.chain.source_profiles import require_profile
from shellvault.request import Answer
from shellvault.storage.browser_folders import forget_browsers

TYPE_CHECKING = False
if TYPE_CHECKING:
    from shellvault.app import App
    from shellvault.argparser import Arguments
    from shellvault.awsconfig.profiles import Profiles
    from shellvault.core.model import SessionNote

COMMAND = Command(
    "clear",
    "forget cached sessions, all or a profile's",
    positionals=("[PROFILE]",),
    options=COMMON,
    details="""\
Without PROFILE, sign-ins to IAM Identity Center are forgotten too. With the name of an [sso-session], only its sign-in
is forgotten, which other sections with the same portal share. A browser profile of login --in, which holds a session
of the console, is deleted unless it is in use. Sessions that shells and programs already have stay valid at AWS until
they expire.
""",
)


def run(app: App, arguments: Arguments) -> Answer:
    """Forget the sessions."""
    name = arguments.first
    sign_in = _find_sign_in(name, app.profiles) if name else ""
    if name and not sign_in:
        require_profile(name, app.profiles, "shellvault list --sessions shows what can be forgotten")

    def is_sign_in(note: SessionNote) -> bool:
        return note.identity == sign_in if name else note.kind == SignIn.kind

    forgotten = app.storage.forget_sessions(lambda note: name in ("", note.profile) and not is_sign_in(note))
    if not name:
        app.request.host.stop_renewals(app.storage.home, None)
    signed_out = bool(app.storage.forget_sessions(is_sign_in))  # what is cached of it, and below what renews it
    if sign_in or not name:
        signed_out |= bool(app.storage.forget_sign_ins(sign_in))
    sign_ins = ("the sign-in" if name else "every sign-in") if signed_out else ""
    browsers = forget_browsers(app.storage.home, name, app.ui.notice)
    parts = list(filter(None, (forgotten, sign_ins, browsers)))
    named = " and ".join(filter(None, (", ".join(parts[:-1]), *parts[-1:])))
    return Answer(stdout=f"Forgot {named}.\n" if named else "No cached sessions.\n")


def _find_sign_in(name: str, profiles: Profiles) -> str:
    """Return the identity of an sso-session's sign-in, or the empty string where the name is no sso-session's."""
    if name not in profiles.sso_sessions():
        return ""
    from shellvault.commands.sso_sign_ins import choose_sign_in
    from shellvault.core.chain.identity_center import resolve_sign_in

    return resolve_sign_in(choose_sign_in(name, profiles), profiles).identity
