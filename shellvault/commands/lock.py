"""`lock`: locks the sealed vault now."""

from __future__ import annotations

from shellvault.argparser import COMMON, Command
from shellvault.request import Answer

TYPE_CHECKING = False
if TYPE_CHECKING:
    from shellvault.app import App
    from shellvault.argparser import Arguments

COMMAND = Command(
    "lock",
    "lock the sealed vault now",
    options=COMMON,
    details="It locks automatically after an idle hour (SHELLVAULT_LOCK_AFTER), and after twelve hours in all.\n",
)


def run(app: App, _arguments: Arguments) -> Answer:
    """Forget the data key."""
    app.storage.unlocked_keys().lock_all()
    return Answer(stdout="The sealed vault is locked.\n")
