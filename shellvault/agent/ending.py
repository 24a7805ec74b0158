"""Ends agents that cannot be told to forget what the user wants forgotten."""

from __future__ import annotations

import os
import time
from contextlib import suppress

from shellvault import DONE, SILENCE, exchange
from shellvault.agent_contact import find_hung, find_process, is_answering
from shellvault.core.errors import ShellvaultError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

_KILL = 9  # SIGKILL; a stopped process reacts to no other signal
_PAUSE = 0.02  # seconds between looks whether an agent has ended


def describe_hung(pid: int) -> str:
    """Return what to tell the user about an agent that does not answer."""
    return f"the agent (process {pid}) does not answer"


def end_if_hung(path: str, tell: Callable[[str], None]) -> bool:
    """Kill the agent of a socket if it did not answer this command; return whether it was hung."""
    if not (pid := find_hung(path)):
        return False
    _kill(pid)
    tell(f"shellvault: {describe_hung(pid)}, so it was killed\n")
    return True


def _kill(pid: int) -> None:
    with suppress(ProcessLookupError):
        os.kill(pid, _KILL)


def stop_agents(path: str, tell: Callable[[str], None]) -> int:
    """Stop the agent of a socket, whatever it serves, and those of other versions; return how many there were.

    Raises:
        ShellvaultError: it cannot be stopped.
    """
    found = int(is_answering(path))
    exchange(path, [b"stop", b"force"])
    found += end_other_versions(path)
    end_if_hung(path, tell)
    if not _wait_for_end(path) and (pid := find_process(path)):
        _kill(pid)
    if not _wait_for_end(path):
        raise ShellvaultError(f"the agent at {path} goes on")
    return found


def _wait_for_end(path: str) -> bool:
    """Return whether nobody answers at a socket any more, within a moment."""
    end = time.monotonic() + SILENCE
    while is_answering(path):
        if time.monotonic() > end:
            return False
        time.sleep(_PAUSE)
    return True


def end_served(folder: str) -> None:
    """Remove the token files in an endpoint's folder: each claim on this machine ends with its file.

    Raises:
        ShellvaultError: one of them cannot be removed.
    """
    from shellvault.agent.claims import TOKEN

    try:
        names = os.listdir(folder)
    except FileNotFoundError:  # nothing was ever served there
        return
    except OSError as error:
        raise ShellvaultError(f"cannot read {folder}: {error.strerror}") from error
    for name in names:
        if name.startswith(TOKEN):
            _remove(os.path.join(folder, name))


def end_claims(path: str) -> None:
    """Remove the token files of what the agent of a socket serves, or the next one would.

    Raises:
        ShellvaultError: one of them cannot be removed.
    """
    from shellvault.agent.claims import ClaimFile

    if os.path.exists(f"{path}.claims"):
        for claim in ClaimFile(f"{path}.claims").load()[1]:
            _remove(claim.token_file)


def _remove(path: str) -> None:
    try:
        os.unlink(path)
    except FileNotFoundError:
        return
    except OSError as error:
        raise ShellvaultError(f"cannot remove {path}, so it is still served: {error.strerror}") from error


def end_other_versions(path: str) -> int:
    """Stop other versions' agents for the same vault, which an upgrade leaves running; return how many there were."""
    folder, own = os.path.split(path)
    vault = own.rpartition("-")[2]
    try:
        names = os.listdir(folder)
    except OSError:  # there was never an agent
        return 0
    others = [os.path.join(folder, name) for name in names if name != own and name.endswith(f"-{vault}")]
    return sum(exchange(other, [b"stop", b"force"])[0] == DONE for other in others)
