"""`remove`: deletes a key pair, and every session made with it."""

from __future__ import annotations

from shellvault.argparser import COMMON, FORCE, Command
from shellvault.commands import VERBS
from shellvault.core.errors import DeclinedError, NoKeyPairError
from shellvault.request import Answer
from shellvault.storage.browser_folders import forget_browsers

TYPE_CHECKING = False
if TYPE_CHECKING:
    from shellvault.app import App
    from shellvault.argparser import Arguments

COMMAND = Command(
    "remove",
    VERBS["remove"],
    positionals=("PROFILE",),
    options=(FORCE, *COMMON),
    details="The profile in ~/.aws/config stays. The access key stays valid at AWS until it is deleted there.\n",
    offers=("KEYPAIR",),
)


def run(app: App, arguments: Arguments) -> Answer:
    """Remove the key pair, after asking."""
    name, storage = arguments.first, app.storage
    stored = [entry.name for entry in storage.key_pairs().entries()]
    if name not in stored:
        hint = (
            f"stored key pairs: {', '.join(stored)}"
            if stored
            else "no key pairs stored; to delete sessions: shellvault clear"
        )
        raise NoKeyPairError(f"no key pair is stored under '{name}' in the {storage.backend_name} vault", hint)
    question, otherwise = f"Delete the key pair of '{name}' from the vault?", "use --force to delete it without asking"
    if not arguments.has("--force") and not app.ui.confirm(question, otherwise=otherwise):
        raise DeclinedError("nothing was deleted")
    storage.key_pairs().remove(name)
    storage.rotation_journal().forget(name)
    sessions = storage.forget_sessions(lambda note: note.key_name == name)
    forgotten = " and ".join(filter(None, (sessions, forget_browsers(storage.home, name, app.ui.notice))))
    return Answer(stdout=f"Deleted the key pair of '{name}'" + (f", and {forgotten}.\n" if forgotten else ".\n"))
