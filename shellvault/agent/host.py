"""The agent as commands that run in it see it; see `Host`."""

from __future__ import annotations

import os
import time

from shellvault.agent.channel import ClientNeededError
from shellvault.agent.life import find_resident_size
from shellvault.agent.memory import AgentMemory
from shellvault.agent.remote_memory import answer_memory
from shellvault.agent.runner import NoTerminal
from shellvault.agent.serving import Serving
from shellvault.core.environment import UTC
from shellvault.storage.opener import kernel_keyring

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence
    from typing import NoReturn

    from shellvault.agent.claims import Claim
    from shellvault.agent.renewals import Renewals
    from shellvault.core.model import Session
    from shellvault.core.wish import ClaimStatus, Wish
    from shellvault.request import Request
    from shellvault.settings import Settings

_BUS = "DBUS_SESSION_BUS_ADDRESS"


class AgentHost:
    """The process in which the commands of many clients run.

    Args:
        environ: the environment of this process.
        renewals: where sessions are noted that were handed out.
        socket: the path of the agent's socket.
        on_end: called after a claim has ended.
    """

    def __init__(self, environ: Mapping[str, str], renewals: Renewals, socket: str, on_end: Callable[[], None]) -> None:
        self._bus = environ.get(_BUS)
        self._renewals = renewals
        self.serving = Serving(socket, self._mint, on_end)
        self._memories: dict[str, AgentMemory] = {}
        self._has_kernel_keyring = kernel_keyring("/").is_available()

    def agent_pid(self) -> int:
        """Return the id of this process."""
        return os.getpid()

    def memory(self, home: str, environ: Mapping[str, str] | None = None) -> AgentMemory:
        """Return this process's own memory."""
        del environ
        return self._memories.setdefault(os.path.realpath(home), AgentMemory())

    def require_bus(self, environ: Mapping[str, str]) -> None:
        """Hand the command back to its client if another keyring is on its bus."""
        if environ.get(_BUS) != self._bus:
            raise ClientNeededError

    def note_session(self, request: Request, settings: Settings, profile: str, identity: str, session: Session) -> None:
        """Renew this session ahead, as long as clients go on asking for it."""
        self._renewals.note(request, settings, profile, identity, session)

    def stop_renewals(self, home: str, identities: Collection[str] | None) -> None:
        """Renew these sessions no more, or none of this home; nor hand them out to programs."""
        self._renewals.stop(home, identities)
        self.serving.forget_sessions(identities)

    def open_claim(self, _wish: Wish, _owner: int) -> NoReturn:
        """Hand the command back: its process is to be the owner."""
        raise ClientNeededError

    def find_claim(self, url: str) -> ClaimStatus | None:
        """Return what may be told of the claim at a URL."""
        return self.serving.find_claim(url)

    def _mint(self, claim: Claim) -> Session:
        from shellvault.agent.minting import mint_session

        return mint_session(claim.wish, self, NoTerminal())

    def answer_memory(self, home: str, question: Sequence[bytes]) -> list[bytes]:
        """Answer a client's question to the memory of a home; nothing where the kernel keeps it."""
        return [] if self._has_kernel_keyring else answer_memory(self.memory(home), question)

    def drop_expired(self) -> float | None:
        """Drop what has expired; return the seconds until more does, or None if nothing is held."""
        left = [memory.drop_expired() for memory in self._memories.values()]
        return min((seconds for seconds in left if seconds is not None), default=None)

    def is_needed(self) -> bool:
        """Return whether something is held that would be lost."""
        return self.drop_expired() is not None

    def holds_secret(self) -> bool:
        """Return whether something is in the memory of this process that must not get into that of another program."""
        return self.is_needed() or self._renewals.hold_secret() or bool(self.serving.claims())

    def describe(self, started_at: float) -> dict[str, object]:
        """Return what `shellvault agent` tells."""
        return {
            "pid": os.getpid(),
            "since": time.strftime(UTC, time.gmtime(started_at)),
            "memory_kib": find_resident_size(),
            "renews": self._renewals.profiles(),
            "keeps": "the kernel keyring" if self._has_kernel_keyring else "its own memory",
            "serves": self.describe_claims(),
        }

    def describe_claims(self) -> list[str]:
        """Return who gets the sessions of which profile."""
        return [f"{claim.profile} to process {claim.owner}" for claim in self.serving.claims()]

    def wipe(self) -> None:
        """Drop everything."""
        for memory in self._memories.values():
            memory.clear()
