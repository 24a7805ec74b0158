"""Asks the agent for a claim; an agent is started if there is none, since nobody else would serve it."""

from __future__ import annotations

import json

from shellvault.agent.agent_client import DONE, exchange, is_answering, unpack
from shellvault.core.errors import UsageError, VaultUnavailableError
from shellvault.core.wish import ClaimStatus, Wish

_HINT = "shellvault agent start says more"


def request_claim(path: str, wish: Wish, owner: int, *, stays: bool) -> tuple[str, str]:
    """Return the URL of a claim, and the file with its token; `stays` is whether an agent started for it may stay.

    Raises:
        UsageError: there may be no agent.
        VaultUnavailableError: there is none, or it cannot write the token's file.
    """
    if not path:
        raise UsageError("--server needs the agent, and there can be none without a home folder", "set HOME")
    if not is_answering(path):
        from shellvault.agent.spawn import start_and_wait

        start_and_wait(path, wish.environ, leaves=not stays)
    kind, body = exchange(path, [b"claim", b"%d" % owner, json.dumps(pack_wish(wish)).encode()])
    if kind != DONE:
        raise VaultUnavailableError("the agent does not answer", _HINT)
    url, file, problem = (field.decode("utf-8", "surrogateescape") for field in unpack(body))
    if problem:
        raise VaultUnavailableError(problem, _HINT)
    return url, file


def ask_for_claim(path: str, url: str) -> ClaimStatus | None:
    """Return what the agent tells of the claim at a URL; None if there is none, or no agent."""
    kind, body = exchange(path, [b"claimed", url.encode("utf-8", "surrogateescape")])
    found = unpack(body) if kind == DONE else []
    return ClaimStatus(*json.loads(found[0])) if found else None


def pack_wish(wish: Wish) -> dict[str, object]:
    """Return a wish as a value of JSON."""
    return {name: getattr(wish, name) for name in Wish._fields}


def unpack_wish(found: object) -> Wish:
    """Return the wish that `pack_wish` was given; anything else raises ValueError, KeyError or TypeError."""
    if not isinstance(found, dict) or found.keys() != set(Wish._fields):
        raise TypeError("not a wish")
    return Wish(**{**found, "words": tuple(found["words"])})
