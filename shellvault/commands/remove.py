"""`remove`: deletes a key pair, and every session made with it."""

from __future__ import annotations

from shellvault.argparser import COMMON, FORCE, Command
from shellvault.commands import VERBS
from shellvault.core.errors import DeclinedError, NoKeyPairError
from shellvault.core.text import last4
from shellvault.request import Answer
from shellvault.storage.browser_folders import forget_browsers

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from shellvault.app import App
    from shellvault.argparser import Arguments
    from shellvault.storage.rotation_journal import RotationJournal

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
    _forget_rotation(name, storage.rotation_journal(), app.ui.notice)
    sessions = storage.forget_sessions(lambda note: note.key_name == name)
    forgotten = " and ".join(filter(None, (sessions, forget_browsers(storage.home, name, app.ui.notice))))
    return Answer(stdout=f"Deleted the key pair of '{name}'" + (f", and {forgotten}.\n" if forgotten else ".\n"))


def _forget_rotation(name: str, journal: RotationJournal, notice: Callable[[str], None]) -> None:
    """Forget an unfinished rotation, and name its keys, because nothing here will know them afterwards."""
    if rotation := journal.get(name):
        ends = dict.fromkeys(last4(pair.access_key_id) for pair in (rotation.old, rotation.latest))
        notice(f"its unfinished rotation is forgotten, too: AWS may still accept {' and '.join(ends)}")
    journal.forget(name)
