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
from shellvault.system.waiting import tell_before_waiting

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
    """The agent's process, in which the commands of many clients run.

    Args:
        environ: the environment of this process.
        renewals: keeps track of the sessions that were handed out.
        socket: the path of the agent's socket.
        on_end: called after a claim has ended.
    """

    def __init__(self, environ: Mapping[str, str], renewals: Renewals, socket: str, on_end: Callable[[], None]) -> None:
        self._bus = environ.get(_BUS)
        self._renewals = renewals
        self.serving = Serving(socket, self._mint, on_end, self._note_given)
        self._memories: dict[str, AgentMemory] = {}
        self._has_kernel_keyring = kernel_keyring("/").is_available()

    def agent_pid(self) -> int:
        """Return the id of this process."""
        return os.getpid()

    def memory(self, home: str, environ: Mapping[str, str] | None = None) -> AgentMemory:
        """Return this process's own memory for a home."""
        del environ
        return self._memories.setdefault(os.path.realpath(home), AgentMemory())

    def require_bus(self, environ: Mapping[str, str]) -> None:
        """Hand the command back to its client if the client's D-Bus, and so its keyring, is not ours.

        A keyring may take a while to answer.
        """
        if environ.get(_BUS) != self._bus:
            raise ClientNeededError
        tell_before_waiting()

    def note_session(
        self, request: Request, settings: Settings, held: tuple[str, str], identity: str, session: Session
    ) -> None:
        """Renew this session before it expires, as long as clients keep asking for it."""
        self._renewals.note(request, settings, held, identity, session)

    def stop_renewals(self, home: str, identities: Collection[str] | None) -> None:
        """Stop renewing these sessions, or all of this home, and stop handing them out to programs."""
        self._renewals.stop(home, identities)
        self.serving.forget_sessions(identities)

    def open_claim(self, _wish: Wish, _owner: int) -> NoReturn:
        """Hand the command back, because the client's process has to be the owner."""
        raise ClientNeededError

    def find_claim(self, url: str) -> ClaimStatus | None:
        """Return the status of the claim at a URL."""
        return self.serving.find_claim(url)

    def _mint(self, claim: Claim) -> Session:
        from shellvault.agent.minting import mint_session

        return mint_session(claim.wish, self, NoTerminal())

    def _note_given(self, claim: Claim, session: Session) -> None:
        from shellvault.agent.minting import note_given

        note_given(claim, session, self)

    def answer_memory(self, home: str, question: Sequence[bytes]) -> list[bytes]:
        """Answer a client's question to the memory of a home, with nothing if the kernel keyring is used."""
        return [] if self._has_kernel_keyring else answer_memory(self.memory(home), question)

    def drop_expired(self) -> float | None:
        """Wipe expired entries; return the seconds until the next one expires, or None if none is left."""
        left = [memory.drop_expired() for memory in self._memories.values()]
        return min((seconds for seconds in left if seconds is not None), default=None)

    def is_needed(self) -> bool:
        """Return whether this process holds something that would be lost if it ended."""
        return self.drop_expired() is not None

    def holds_secret(self) -> bool:
        """Return whether this process holds a secret, so that it must not hand over to a new process image."""
        return self.is_needed() or self._renewals.hold_secret() or bool(self.serving.claims())

    def describe(self, started_at: float) -> dict[str, object]:
        """Return what `shellvault agent` shows."""
        return {
            "pid": os.getpid(),
            "since": time.strftime(UTC, time.gmtime(started_at)),
            "memory_kib": find_resident_size(),
            "renews": self._renewals.profiles(),
            "keeps": "the kernel keyring" if self._has_kernel_keyring else "its own memory",
            "serves": self.describe_claims(),
        }

    def describe_claims(self) -> list[str]:
        """Return which process gets which profile's sessions."""
        claims = self.serving.claims()
        return [f"{claim.profile} to {claim.lent_to or f'process {claim.owner}'}" for claim in claims]

    def wipe(self) -> None:
        """Wipe everything in memory."""
        for memory in self._memories.values():
            memory.clear()
