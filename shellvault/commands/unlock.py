"""`unlock`: asks for the sealed vault's passphrase in advance."""

from __future__ import annotations

from shellvault.argparser import COMMON, Command
from shellvault.core.errors import UsageError
from shellvault.request import Answer
from shellvault.storage.backends import SEALED

TYPE_CHECKING = False
if TYPE_CHECKING:
    from shellvault.app import App
    from shellvault.argparser import Arguments

COMMAND = Command(
    "unlock",
    "ask for the sealed vault's passphrase in advance",
    options=COMMON,
    details="Run it before a background job, which cannot prompt; nor can the hook.\n",
)


def run(app: App, _arguments: Arguments) -> Answer:
    """Cache the data key for the next commands."""
    if app.storage.backend_name != SEALED:
        raise UsageError(
            f"the vault in use is {app.storage.backend_name}, which has no shellvault passphrase",
            "unlock the keyring with its own tool",
        )
    app.storage.sealed_file().unlock()
    if not app.storage.kernel.is_available():
        app.ui.notice("this system has no kernel keyring, so each command will ask for the passphrase again")
    return Answer(stdout="The sealed vault is unlocked.\n")
