"""`clear`: forgets cached sessions, so that the next use mints new ones."""

from __future__ import annotations

from shellvault.commands import Result
from shellvault.grammar import EVERYWHERE, Command
from shellvault.steps import known

TYPE_CHECKING = False
if TYPE_CHECKING:
    from shellvault.app import App
    from shellvault.grammar import Arguments

COMMAND = Command(
    "clear",
    "forget cached sessions, all or a profile's",
    positionals=("[PROFILE]",),
    options=EVERYWHERE,
    details="Without PROFILE, sign-ins to IAM Identity Center are forgotten too.\n"
    "Sessions that were handed out already stay valid at AWS until they expire.\n",
)


def run(app: App, arguments: Arguments) -> Result:
    """Forget them."""
    name = arguments.first
    if name:
        known(name, app.book())
    forgotten = app.forget_sessions(lambda note: not name or note.profile == name)
    signed_out = 0 if name else app.keepsakes().forget()
    if not forgotten and not signed_out:
        return Result("There was no session to forget.\n")
    parts = [forgotten, "every sign-in" if signed_out else ""]
    return Result(f"Forgot {' and '.join(part for part in parts if part)}.\n")
