"""The agent's endpoint: opened for the first claim, or at once if an earlier agent left claims behind."""

from __future__ import annotations

import _thread
import json
import os

from shellvault.agent.claim_request import unpack_wish
from shellvault.core.errors import ShellvaultError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from shellvault.agent.claims import Claim, Ticket
    from shellvault.agent.endpoint import Endpoint
    from shellvault.agent.shared_sessions import Mint
    from shellvault.core.model import Session
    from shellvault.core.wish import ClaimStatus, Wish


class Serving:
    """Opens the endpoint when it is needed: its libraries are slow to import, and most agents never serve.

    Args:
        socket: the path of the agent's socket; the claims file is next to it.
        mint: obtains a claim's session.
        on_end: called after a claim has ended.
        on_give: called when a claim's programs get a session; see `Endpoint`.
    """

    def __init__(
        self, socket: str, mint: Mint, on_end: Callable[[], None], on_give: Callable[[Claim, Session], None]
    ) -> None:
        self._folder = os.path.dirname(socket)
        self._file = f"{socket}.claims"
        self._mint = mint
        self._on_end = on_end
        self._on_give = on_give
        self._endpoint: Endpoint | None = None
        self._opening = _thread.allocate_lock()
        self.was_needed = False

    def take_over(self) -> None:
        """Serve the claims that an earlier agent left."""
        if os.path.exists(self._file):
            self.was_needed = self._open().is_in_use() or self.was_needed

    def open_claim(self, wish: Wish, owner: int) -> Ticket:
        """Open a claim; see `Endpoint`."""
        self.was_needed = True
        return self._open().open_claim(wish, owner)

    def forget_sessions(self, identities: Iterable[str] | None) -> None:
        """Forget the sessions of these identities; None: all sessions."""
        if self._endpoint:
            for identity in [""] if identities is None else identities:
                self._endpoint.forget_sessions(identity)

    def claims(self) -> list[ClaimStatus]:
        """Return the status of each claim that gives sessions."""
        return self._endpoint.claims() if self._endpoint else []

    def is_in_use(self) -> bool:
        """Return whether the owner of a claim is left; see `Endpoint`."""
        return self._endpoint is not None and self._endpoint.is_in_use()

    def end_lends(self, profile: str) -> list[ClaimStatus]:
        """Take back what was lent; see `Endpoint`."""
        return self._endpoint.end_lends(profile) if self._endpoint else []

    def find_claim(self, url: str) -> ClaimStatus | None:
        """Return the status of the open claim at a URL."""
        return next((claim for claim in self.claims() if claim.url == url), None)

    def close(self, *, keeps: bool) -> None:
        """Close the endpoint; `keeps` says whether the next agent takes over its claims."""
        if self._endpoint:
            self._endpoint.close(keeps=keeps)

    def _open(self) -> Endpoint:
        with self._opening:
            if self._endpoint is None:
                from shellvault.agent.endpoint import Endpoint

                self._endpoint = Endpoint(self._mint, self._folder, self._file, self._on_end, self._on_give).open()
            return self._endpoint


def _find(serving: Serving, url: str) -> list[bytes]:
    """Return the status of the claim at a URL; none if there is no such claim."""
    found = serving.find_claim(url)
    return [_pack(found)] if found else []


def _list_lends(serving: Serving, _nothing: str) -> list[bytes]:
    """Return the status of everything that is lent."""
    return [_pack(claim) for claim in serving.claims() if claim.lent_to]


def _end_lends(serving: Serving, profile: str) -> list[bytes]:
    """Take back what was lent of a profile, or of any if its name is empty; return the status that it had."""
    return [_pack(claim) for claim in serving.end_lends(profile)]


ABOUT_CLAIMS = {b"claimed": _find, b"lends": _list_lends, b"end lends": _end_lends}
"""Kind of request -> what answers it: each status is a field of JSON."""


def _pack(claim: ClaimStatus) -> bytes:
    return json.dumps([getattr(claim, name) for name in claim._fields]).encode()


def answer_claim(serving: Serving, fields: Sequence[bytes]) -> list[bytes]:
    """Open the claim that a client asks for; return its URL, its token file, and an error message or nothing."""
    try:
        owner, packed = fields
        ticket = serving.open_claim(unpack_wish(json.loads(packed)), int(owner))
    except (ValueError, KeyError, TypeError):
        return [b"", b"", b"the agent does not understand this request"]
    except (ShellvaultError, OSError) as error:
        return [b"", b"", str(error).encode("utf-8", "surrogateescape")]
    return [ticket.url.encode(), os.fsencode(ticket.token_file), b""]
