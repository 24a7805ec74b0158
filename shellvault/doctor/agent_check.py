"""Whether the agent, if there is one, answers."""

from __future__ import annotations

from shellvault.agent.agent_client import DONE, exchange, find_socket, is_answering
from shellvault.doctor.finding import BAD, OK, Finding

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_HUNG = 1  # the exit status: a fault of ours


def check_agent(environ: Mapping[str, str]) -> Iterator[Finding]:
    """Ask the agent who it is."""
    path = find_socket(environ)
    if not path:
        yield Finding(OK, "no agent is used (SHELLVAULT_AGENT=off)")
    elif exchange(path, [b"status"])[0] == DONE:
        yield Finding(OK, "the agent answers")
    elif is_answering(path):
        yield Finding(BAD, f"the agent at {path} does not answer", _find_fix(path), _HUNG)
    else:
        yield Finding(OK, "no agent is running; a shell's hook starts one")


def _find_fix(path: str) -> str:
    from shellvault.system.lock_holder import UNKNOWN, find_holder

    try:
        with open(f"{path}.lock", "rb") as lock:
            holder = find_holder(lock.fileno())
    except OSError:
        holder = UNKNOWN
    return f"kill -KILL {holder}; the next shell starts another one" if holder != UNKNOWN else "end that process"
