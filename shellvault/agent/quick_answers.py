"""What the agent answers without running a command: about itself, its memory and its claims."""

from __future__ import annotations

import json
import os

from shellvault.agent.channel import MalformedRequestError
from shellvault.agent.serving import ABOUT_CLAIMS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from shellvault.agent.host import AgentHost


def answer_at_once(
    host: AgentHost, kind: bytes, fields: Sequence[bytes], started_at: float, stop: Callable[[bool], None]
) -> Sequence[bytes]:
    """Return the fields that answer a request.

    Args:
        host: the agent's process.
        kind: the kind of request.
        fields: the rest of the request.
        started_at: when the agent started, in epoch seconds.
        stop: ends the agent soon, and its claims if it is given True.

    Raises:
        MalformedRequestError: there is no such kind.
    """
    home = os.fsdecode(b"".join(fields[:1]))
    if kind == b"memory":
        return host.answer_memory(home, fields[1:])
    if kind == b"pid":
        return [b"%d" % os.getpid()]
    if kind in ABOUT_CLAIMS:
        return ABOUT_CLAIMS[kind](host.serving, b"".join(fields[:1]).decode("utf-8", "surrogateescape"))
    if kind == b"status":
        return [json.dumps(host.describe(started_at)).encode()]
    if kind == b"stop":
        return _stop(host, stop, is_forced=fields[:1] == [b"force"])
    if kind != b"forget":
        raise MalformedRequestError
    host.stop_renewals(home, {*map(os.fsdecode, fields[1:])} or None)
    return []


def _stop(host: AgentHost, stop: Callable[[bool], None], *, is_forced: bool) -> list[bytes]:
    """Stop, unless programs would lose their credentials; in that case, return their claims."""
    claims = [] if is_forced else host.describe_claims()
    if not claims:
        stop(is_forced)
    return [claim.encode() for claim in claims]
