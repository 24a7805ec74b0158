"""`clear`: forgets cached sessions, so that the next use mints new ones."""

from __future__ import annotations

from shellvault.chains.steps import known
from shellvault.commands import Result
from shellvault.grammar import EVERYWHERE, Command

TYPE_CHECKING = False
if TYPE_CHECKING:
    from shellvault.app import App
    from shellvault.grammar import Arguments

COMMAND = Command(
    "clear",
    "forget cached sessions, all or a profile's",
    positionals=("[PROFILE]",),
    options=EVERYWHERE,
    details="Without PROFILE, sign-ins to IAM Identity Center are forgotten too;\n"
    "with the name of an [sso-session], its sign-in only.\n"
    "Sessions that were handed out already stay valid at AWS until they expire.\n",
)


def run(app: App, arguments: Arguments) -> Result:
    """Forget them."""
    name = arguments.first
    sign_in = _sign_in(app, name)
    if name and not sign_in:
        known(name, app.book())
    forgotten = app.forget_sessions(lambda note: not name or note.profile == name)
    signed_out = app.keepsakes().forget(sign_in) if sign_in or not name else 0
    if not forgotten and not signed_out:
        return Result("There was no session to forget.\n")
    parts = [forgotten, ("the sign-in" if name else "every sign-in") if signed_out else ""]
    return Result(f"Forgot {' and '.join(part for part in parts if part)}.\n")


def _sign_in(app: App, name: str) -> str:
    """Return the identity of an sso-session's sign-in, or the empty string where the name is no sso-session's."""
    book = app.book()
    if name not in book.sso_sessions():
        return ""
    from shellvault.chains import singlesignon
    from shellvault.sso import signins

    return singlesignon.sign_in(signins.chosen(name, book), book).identity
