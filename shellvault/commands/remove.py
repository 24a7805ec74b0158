"""`remove`: deletes a key pair, and every session minted from it."""

from __future__ import annotations

from shellvault.argparser import EVERYWHERE, FORCE, Command
from shellvault.commands import Answer
from shellvault.core.errors import CancelledError, NoKeyPairError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from shellvault.app import App
    from shellvault.argparser import Arguments

COMMAND = Command(
    "remove",
    "delete a key pair, and every session made from it",
    positionals=("PROFILE",),
    options=(FORCE, *EVERYWHERE),
    details="The profile in ~/.aws/config stays. The key itself goes on at AWS until it is deleted there.\n",
)


def run(app: App, arguments: Arguments) -> Answer:
    """Remove the pair, after a question."""
    name = arguments.first
    keypairs = app.keypairs()
    stored = [entry.name for entry in keypairs.entries()]
    if name not in stored:
        known = f"stored are: {', '.join(stored)}" if stored else "none is stored; for sessions: shellvault clear"
        raise NoKeyPairError(f"no key pair is stored under '{name}' in the {app.backend_name} vault", known)
    if not arguments.has("--force") and not app.confirm(f"Delete the key pair of '{name}' from the vault?"):
        raise CancelledError("nothing was deleted")
    keypairs.remove(name)
    app.rotations().forget(name)
    forgotten = app.forget_sessions(lambda note: note.key_name == name)
    return Answer(f"Deleted the key pair of '{name}'" + (f", and {forgotten}.\n" if forgotten else ".\n"))
