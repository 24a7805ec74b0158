"""What a provider is built from."""

from __future__ import annotations

from shellvault.core.environment import ASKED, CHOICES, child_environ
from shellvault.core.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Collection
    from typing import Protocol

    from shellvault.aws.network import Network
    from shellvault.core.chain.resolve import ResolvedChain
    from shellvault.core.model import KeyPair, Session
    from shellvault.settings import Settings
    from shellvault.ui.user_interface import Ui

    class RefreshTokenStore(Protocol):
        """Where registrations and refresh tokens are kept."""

        def get(self, identity: str) -> str | None:
            """Return what is kept under this name."""

        def keep(self, identity: str, text: str, expires_at: int) -> None:
            """Keep a text until a time in epoch seconds."""

        def forget(self, identity: str) -> int:
            """Forget what is kept under this name."""


class ProviderContext(Record):
    """What a provider may use for one chain.

    Attributes:
        resolved: the chain.
        settings: the settings of the command.
        ui: notices and questions.
        network: certificates and proxies, and what checks them.
        refresh_tokens: returns the store of refresh tokens.
        refused: credentials that AWS has refused during this command.
    """

    resolved: ResolvedChain
    settings: Settings
    ui: Ui
    network: Network
    refresh_tokens: Callable[[], RefreshTokenStore]
    refused: Collection[KeyPair | Session]

    def environment_for_children(self) -> dict[str, str]:
        """Return the environment of a program that gives credentials.

        It names the profiles, so that loops are noticed. The program may call shellvault, so it keeps the passphrase
        file; what it gives is cached for the profile, whatever role this command was told to use.
        """
        asked = (*self.settings.asked_for, *self.resolved.path)
        found = {**child_environ(self.settings.environ, asks_us=True), ASKED: "\n".join(asked)}
        return {name: value for name, value in found.items() if name not in CHOICES}
