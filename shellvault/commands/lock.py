"""`lock`: locks the sealed vault now."""

from __future__ import annotations

from shellvault.argparser import COMMON, Command
from shellvault.commands import VERBS
from shellvault.core.errors import UsageError
from shellvault.request import Answer
from shellvault.storage.backends import SEALED

TYPE_CHECKING = False
if TYPE_CHECKING:
    from shellvault.app import App
    from shellvault.argparser import Arguments

COMMAND = Command(
    "lock",
    VERBS["lock"],
    options=COMMON,
    details="It locks automatically after an idle hour (SHELLVAULT_LOCK_AFTER), and after twelve hours in all.\n",
)


def run(app: App, _arguments: Arguments) -> Answer:
    """Forget the data key, and stop renewals: with a passphrase file, a renewal would unlock the vault again."""
    app.storage.unlocked_keys().lock_all()
    app.request.host.stop_renewals(app.storage.home, None)
    if app.storage.backend_name != SEALED:
        raise UsageError(
            f"the vault in use is {app.storage.backend_name}, which shellvault cannot lock", "lock it there"
        )
    return Answer(stdout="The sealed vault is locked.\n")
