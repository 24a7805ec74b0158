"""What `--server` asks the agent for, and what is known about the claim that it gets. Pure."""

from __future__ import annotations

from shellvault.core.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping


class Wish(Record):
    """The session that a claim is for, and what is needed to obtain it.

    Attributes:
        profile: the profile, as messages name it.
        identity: what the session depends on; claims of one identity share a session.
        words: the options of the command that asked.
        environ: the environment of that command; on disk, only what shapes the session and is no secret.
        cwd: the folder of the command.
        is_lazy: whether to obtain no session before the first program asks.
        renews_ahead: whether the session may be renewed before a program asks, because that needs no person.
    """

    profile: str
    identity: str
    words: tuple[str, ...]
    environ: Mapping[str, str]
    cwd: str
    renews_ahead: bool = True
    is_lazy: bool = True

    def asks_for_same(self, other: Wish) -> bool:
        """Return whether another command asked for the same session in the same way."""
        return (self.profile, self.identity, self.words) == (other.profile, other.identity, other.words)


class ClaimStatus(Record):
    """What may be shown about a claim. Times are in epoch seconds; None: no session, or no request yet."""

    profile: str
    url: str
    owner: int
    expires_at: int | None
    asked_at: int | None
    requests: int
    error: str
