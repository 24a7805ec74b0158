"""Ends agents that cannot be told to forget what the user wants forgotten."""

from __future__ import annotations

import os
from contextlib import suppress

from shellvault.agent_client import exchange, find_hung

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

_KILL = 9  # SIGKILL; a stopped process reacts to no other signal


def describe_hung(pid: int) -> str:
    """Return what to tell the user about an agent that does not answer."""
    return f"the agent (process {pid}) does not answer"


def end_if_hung(path: str, tell: Callable[[str], None]) -> bool:
    """Kill the agent of a socket if it did not answer this command; return whether it was hung."""
    if not (pid := find_hung(path)):
        return False
    with suppress(ProcessLookupError):
        os.kill(pid, _KILL)
    tell(f"shellvault: {describe_hung(pid)}, so it was killed\n")
    return True


def stop_agents(path: str, tell: Callable[[str], None]) -> None:
    """Stop the agent of a socket, however many programs get their credentials from it, and those of other versions."""
    exchange(path, [b"stop", b"force"])
    end_other_versions(path)
    end_if_hung(path, tell)


def end_served(folder: str) -> None:
    """Remove the token files in an endpoint's folder: each claim on this machine ends with its file."""
    from shellvault.agent.claims import TOKEN

    with suppress(OSError):
        for name in os.listdir(folder):
            if name.startswith(TOKEN):
                os.unlink(os.path.join(folder, name))


def end_other_versions(path: str) -> None:
    """Stop other versions' agents for the same vault, which an upgrade leaves running."""
    folder, own = os.path.split(path)
    vault = own.rpartition("-")[2]
    try:
        names = os.listdir(folder)
    except OSError:  # there was never an agent
        return
    for name in names:
        if name != own and name.endswith(f"-{vault}"):
            exchange(os.path.join(folder, name), [b"stop", b"force"])
