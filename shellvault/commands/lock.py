"""`lock`: locks the sealed vault now."""

from __future__ import annotations

from shellvault.commands import Result
from shellvault.grammar import EVERYWHERE, Command

TYPE_CHECKING = False
if TYPE_CHECKING:
    from shellvault.app import App
    from shellvault.grammar import Arguments

COMMAND = Command(
    "lock",
    "lock the sealed vault now",
    options=EVERYWHERE,
    details="It locks by itself after an hour without use (SHELLVAULT_LOCK_AFTER), and after twelve in any case.\n",
)


def run(app: App, _arguments: Arguments) -> Result:
    """Forget the data key."""
    app.holder().forget()
    return Result("The sealed vault is locked.\n")
