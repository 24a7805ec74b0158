"""Asks the agent for a claim, and starts an agent if none is running."""

from __future__ import annotations

import json
import os

from shellvault import DONE, exchange, unpack
from shellvault.agent.places import note_place
from shellvault.agent_contact import is_answering
from shellvault.core.errors import UsageError, VaultUnavailableError
from shellvault.core.wish import ClaimStatus, Wish

_TRIES = 2  # an agent may leave, with its last claim, at the moment when it is asked for another
_HINT = "shellvault agent start shows why"


def request_claim(path: str, wish: Wish, owner: int, *, stays: bool) -> tuple[str, str]:
    """Return a claim's URL and its token file; `stays` says whether an agent started for it may outlive it.

    Raises:
        UsageError: there can be no agent without a home folder.
        VaultUnavailableError: no agent answers, or it cannot write the token file.
    """
    if not path:
        raise UsageError("this needs the agent, which cannot run without a home folder", "set HOME")
    for _ in range(_TRIES):
        if not is_answering(path):
            from shellvault.agent.spawn import start_and_wait

            start_and_wait(path, wish.environ, leaves=not stays)
        kind, body = exchange(path, [b"claim", b"%d" % owner, json.dumps(pack_wish(wish)).encode()])
        if kind == DONE:
            break
    else:
        raise VaultUnavailableError("the agent does not answer", _HINT)
    url, file, problem = (field.decode("utf-8", "surrogateescape") for field in unpack(body))
    if problem:
        raise VaultUnavailableError(problem, _HINT)
    note_place(wish.environ, os.path.dirname(path))
    return url, file


def ask_for_claim(path: str, url: str) -> ClaimStatus | None:
    """Return the status of the claim at a URL; None if there is no such claim, or no agent."""
    kind, body = exchange(path, [b"claimed", url.encode("utf-8", "surrogateescape")])
    found = unpack(body) if kind == DONE else []
    return ClaimStatus(*json.loads(found[0])) if found else None


def pack_wish(wish: Wish) -> dict[str, object]:
    """Return a wish in a form that JSON can hold."""
    return {name: getattr(wish, name) for name in Wish._fields}


def unpack_wish(found: object) -> Wish:
    """Return the wish that `pack_wish` packed; malformed input raises ValueError, KeyError or TypeError."""
    if not isinstance(found, dict):
        raise TypeError("not a wish")
    times = {name: int(found.get(name, 0)) for name in ("lent_at", "lent_until")}
    return Wish(**{**found, **times, "words": tuple(found["words"])})  # refuses what has another name
