"""What is currently lent: the agent knows, or if none answers, the file of claims that the next one takes over."""

from __future__ import annotations

import json
import os
import time

from shellvault import DONE, exchange, unpack
from shellvault.agent.claims import ClaimFile
from shellvault.agent.ending import end_if_hung
from shellvault.agent.http_rules import HOST
from shellvault.core.wish import ClaimStatus

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from shellvault.agent.claims import Claim


def list_lends(path: str) -> list[ClaimStatus]:
    """Return everything that is lent; `path` is that of the agent's socket."""
    found = _ask(path, b"lends")
    return _list_saved(path, "") if found is None else found


def end_lends(path: str, profile: str, tell: Callable[[str], None]) -> list[ClaimStatus]:
    """Take back what is lent of a profile, or everything if its name is empty; return what it was.

    An agent that hangs is killed, and `tell` is told.
    """
    ended = _ask(path, b"end lends", profile)
    if ended is not None:
        return ended
    end_if_hung(path, tell)
    ended = _list_saved(path, profile)
    port, claims = ClaimFile(f"{path}.claims").load()
    ClaimFile(f"{path}.claims").save(port, lambda: [each for each in claims if not each.wish.is_lend_of(profile)])
    return ended + (_ask(path, b"end lends", profile) or [])  # a new one may have started meanwhile


def is_lent(path: str, url: str) -> bool:
    """Return whether what was lent at a URL still is."""
    found = _ask(path, b"claimed", url)
    return bool(found) if found is not None else any(each.url == url for each in _list_saved(path, ""))


def _ask(path: str, kind: bytes, text: str = "") -> list[ClaimStatus] | None:
    state, body = exchange(path, [kind, text.encode("utf-8", "surrogateescape")])
    return [ClaimStatus(*json.loads(each)) for each in unpack(body)] if state == DONE else None


def _list_saved(path: str, profile: str) -> list[ClaimStatus]:
    port, claims = ClaimFile(f"{path}.claims").load()
    now = time.time()
    found = [claim for claim in claims if claim.wish.is_lend_of(profile) and now < claim.wish.lent_until]
    return [_describe(claim, port) for claim in found if os.path.exists(claim.token_file)]


def _describe(claim: Claim, port: int) -> ClaimStatus:
    return ClaimStatus(
        profile=claim.wish.profile,
        url=f"http://{HOST}:{port}{claim.path}",
        owner=claim.owner.pid,
        expires_at=None,
        asked_at=None,
        requests=0,
        error="",
        **claim.wish.lend_fields(),
    )
