"""`unlock`: asks for the sealed vault's passphrase ahead of need."""

from __future__ import annotations

from shellvault.argparser import EVERYWHERE, Command
from shellvault.commands import Answer
from shellvault.core.errors import UsageError
from shellvault.storage.backends import SEALED

TYPE_CHECKING = False
if TYPE_CHECKING:
    from shellvault.app import App
    from shellvault.argparser import Arguments

COMMAND = Command(
    "unlock",
    "ask for the sealed vault's passphrase, ahead of need",
    options=EVERYWHERE,
    details="Useful before a background job, or before the hook refreshes by itself: neither can ask.\n",
)


def run(app: App, _arguments: Arguments) -> Answer:
    """Put the data key where the next command finds it."""
    if app.backend_name != SEALED:
        raise UsageError(
            f"the vault in use is {app.backend_name}, which has no passphrase of shellvault's", "unlock it there"
        )
    app.sealed().unlock()
    if not app.kernel.available():
        app.notice("this system keeps no keys in its kernel: each command will ask again")
    return Answer("The sealed vault is unlocked.\n")
