"""What `panic` does on this machine, once AWS has been told: it forgets, locks and stops whatever could go on."""

from __future__ import annotations

import sys
from contextlib import suppress

from shellvault import find_folder
from shellvault.agent.ending import end_claims, end_served, stop_agents
from shellvault.agent.places import is_own, list_noted, list_sockets
from shellvault.core.errors import ShellvaultError
from shellvault.core.revocation.panic_steps import Outcome
from shellvault.storage.backends import SEALED
from shellvault.storage.browser_folders import forget_browsers

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from shellvault.request import Request
    from shellvault.storage.opener import Storage


def finish_here(storage: Storage, request: Request, notice: Callable[[str], None]) -> Iterator[Outcome]:
    """Take each step, whatever became of the others, and yield what became of it."""
    steps: dict[str, tuple[Callable[[], str], str]] = {
        "forgetting sessions": (lambda: _forget(storage, notice), "shellvault clear"),
        "locking the vault": (lambda: _lock(storage, request), "shellvault lock"),
        "stopping the agent": (lambda: _stop(request), "shellvault agent stop --force"),
    }
    with suppress(ShellvaultError):  # reported by the last step
        _end_claims(request)  # whoever lends something starts another agent while it is lent
    for what, (step, instead) in steps.items():
        try:
            yield Outcome(f"this machine: {step()}")
        except ShellvaultError as error:
            yield Outcome(f"this machine: {what}", error, instead)


def _forget(storage: Storage, notice: Callable[[str], None]) -> str:
    sessions, sign_ins = storage.forget_sessions(lambda _note: True, lambda _note: True), storage.forget_sign_ins()
    browsers = forget_browsers(storage.home, "", notice)
    found = ", ".join(filter(None, (sessions, "every sign-in" if sign_ins else "", browsers)))
    return f"forgot {found}" if found else "no session or sign-in is cached"


def _lock(storage: Storage, request: Request) -> str:
    storage.unlocked_keys().lock_all()
    request.host.stop_renewals(storage.home, None)
    if storage.backend_name == SEALED:
        return "the sealed vault is locked"
    return f"no sealed vault is unlocked; lock {storage.backend_name}, the vault in use, yourself"


def _end_claims(request: Request) -> list[str]:
    """End what is served and lent, and return the paths of the sockets of agents."""
    environ = request.environ
    sockets = list_sockets(environ)
    for path in sockets:
        end_claims(path)
    here = [] if sys.platform == "win32" else [find_folder(environ)]
    for folder in filter(is_own, {*list_noted(environ), *here}):
        end_served(folder)
    return sockets


def _stop(request: Request) -> str:
    stopped = sum(stop_agents(path, request.terminal.write) for path in _end_claims(request))
    several = f"{stopped} agents are" if stopped > 1 else "the agent is"
    agents = f"{several} stopped" if stopped else "no agent is running"
    return f"{agents}, and nothing is served or lent any more"
