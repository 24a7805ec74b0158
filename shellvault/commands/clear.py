"""`clear`: forgets cached sessions, so that the next use mints new ones."""

from __future__ import annotations

from shellvault.argparser import EVERYWHERE, Command
from shellvault.commands import Answer
from shellvault.core.chain.source_profiles import require_profile

TYPE_CHECKING = False
if TYPE_CHECKING:
    from shellvault.app import App
    from shellvault.argparser import Arguments

COMMAND = Command(
    "clear",
    "forget cached sessions, all or a profile's",
    positionals=("[PROFILE]",),
    options=EVERYWHERE,
    details="Without PROFILE, sign-ins to IAM Identity Center are forgotten too;\n"
    "with the name of an [sso-session], its sign-in only.\n"
    "Sessions that were handed out already stay valid at AWS until they expire.\n",
)


def run(app: App, arguments: Arguments) -> Answer:
    """Forget them."""
    name = arguments.first
    sign_in = _sign_in(app, name)
    if name and not sign_in:
        require_profile(name, app.book())
    forgotten = app.forget_sessions(lambda note: not name or note.profile == name)
    signed_out = app.keepsakes().forget(sign_in) if sign_in or not name else 0
    if not forgotten and not signed_out:
        return Answer("There was no session to forget.\n")
    parts = [forgotten, ("the sign-in" if name else "every sign-in") if signed_out else ""]
    return Answer(f"Forgot {' and '.join(part for part in parts if part)}.\n")


def _sign_in(app: App, name: str) -> str:
    """Return the identity of an sso-session's sign-in, or the empty string where the name is no sso-session's."""
    book = app.book()
    if name not in book.sso_sessions():
        return ""
    from shellvault.commands import sso_sign_ins
    from shellvault.core.chain import identity_center

    return identity_center.resolve_sign_in(sso_sign_ins.choose_sign_in(name, book), book).identity
