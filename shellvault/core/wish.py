"""What `--server` asks the agent for, and what is known about the claim that it gets. Pure."""

from __future__ import annotations

from shellvault.core.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any


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
        scope: what the session is narrowed to, as prompts show it.
        lent_to: what it is lent to; empty for a shell or command of this user.
        lent_at: when it was lent, in epoch seconds.
        lent_until: when that ends at the latest, in epoch seconds.
    """

    profile: str
    identity: str
    words: tuple[str, ...]
    environ: Mapping[str, str]
    cwd: str
    renews_ahead: bool = True
    is_lazy: bool = True
    scope: str = ""
    lent_to: str = ""
    lent_at: int = 0
    lent_until: int = 0

    def as_lent(self, to: str, at: int, until: int) -> Wish:
        """Return the same wish, marked as a loan; times are in epoch seconds."""
        return self.replace(lent_to=to, lent_at=at, lent_until=until)

    def is_lend_of(self, profile: str) -> bool:
        """Return whether this is lent, and is of this profile; the empty string means any."""
        return bool(self.lent_to) and profile in ("", self.profile)

    def lend_fields(self) -> Mapping[str, Any]:
        """Return what a `ClaimStatus` has in common with this."""
        return {name: getattr(self, name) for name in ("scope", "lent_to", "lent_at", "lent_until")}

    def asks_for_same(self, other: Wish) -> bool:
        """Return whether another command asked for the same session in the same way; each lend is one of its own."""
        is_lent = self.lent_to or other.lent_to
        return not is_lent and (self.profile, self.identity, self.words) == (other.profile, other.identity, other.words)


class ClaimStatus(Record):
    """What may be shown about a claim. Times are in epoch seconds; None: no session, or no request yet."""

    profile: str
    url: str
    owner: int
    expires_at: int | None
    asked_at: int | None
    requests: int
    error: str
    scope: str = ""
    lent_to: str = ""
    lent_at: int = 0
    lent_until: int = 0
