"""What a command asks the agent for that wants its programs to ask an endpoint, and what came of it. Pure."""

from __future__ import annotations

from shellvault.core.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping


class Wish(Record):
    """What a claim asks for.

    Attributes:
        profile: the profile, as messages name it.
        identity: what the session depends on; claims of one identity share a session.
        words: the options of the command that asked.
        environ: the environment of that command; on disk, only what shapes the session and is no secret.
        cwd: the folder of the command.
        is_lazy: whether to wait with the first session until a program asks.
        renews_ahead: whether the session may be renewed before anybody asks, because no person is needed for it.
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
    """What may be told of a claim; times are epoch seconds, None where there is none."""

    profile: str
    url: str
    owner: int
    expires_at: int | None
    asked_at: int | None
    requests: int
    error: str
