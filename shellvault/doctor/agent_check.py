"""Checks the agent: whether one runs, and whether it hangs."""

from __future__ import annotations

import sys

from shellvault import DONE, HOMES, exchange, find_socket
from shellvault.agent.ending import describe_hung
from shellvault.agent_contact import find_hung
from shellvault.doctor.finding import FAIL, OK, Finding

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_HUNG = 1  # the exit status: a fault of ours


def check_agent(environ: Mapping[str, str]) -> Iterator[Finding]:
    """Check whether the agent answers, if there is one."""
    path = find_socket(environ)
    if sys.platform == "win32":
        yield Finding(OK, "there is no agent on Windows")
    elif not path:
        yield Finding(OK, f"no agent is used ({_explain_absence(environ)})")
    elif exchange(path, [b"status"])[0] == DONE:
        yield Finding(OK, "the agent answers")
    elif pid := find_hung(path):
        yield Finding(FAIL, describe_hung(pid), "shellvault agent stop; the next shell starts another one", _HUNG)
    else:
        yield Finding(OK, "no agent is running; a shell's hook starts one")


def _explain_absence(environ: Mapping[str, str]) -> str:
    """Return why there is no path for an agent's socket."""
    if environ.get("SHELLVAULT_AGENT") == "off":
        return "SHELLVAULT_AGENT=off"
    variable = next(filter(environ.get, HOMES), "")
    return f"{variable} is not an absolute path" if variable else "HOME is not set"
