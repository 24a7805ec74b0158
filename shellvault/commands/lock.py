"""`lock`: locks the sealed vault now."""

from __future__ import annotations

from shellvault.argparser import EVERYWHERE, Command
from shellvault.commands import Answer

TYPE_CHECKING = False
if TYPE_CHECKING:
    from shellvault.app import App
    from shellvault.argparser import Arguments

COMMAND = Command(
    "lock",
    "lock the sealed vault now",
    options=EVERYWHERE,
    details="It locks by itself after an hour without use (SHELLVAULT_LOCK_AFTER), and after twelve in any case.\n",
)


def run(app: App, _arguments: Arguments) -> Answer:
    """Forget the data key."""
    app.holder().forget()
    return Answer("The sealed vault is locked.\n")
