"""What `panic` does on this machine, once AWS has been told: it forgets, locks and stops whatever could go on."""

from __future__ import annotations

import os

from shellvault.agent.ending import end_served, stop_agents
from shellvault.agent_client import find_folder, find_socket
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

    def forget() -> str:
        sessions, sign_ins = storage.forget_sessions(lambda _note: True), storage.forget_sign_ins()
        browsers = forget_browsers(storage.home, "", notice)
        found = ", ".join(filter(None, (sessions, "every sign-in" if sign_ins else "", browsers)))
        return f"this machine: forgot {found}" if found else "this machine: no session or sign-in is cached"

    def lock() -> str:
        storage.unlocked_keys().lock_all()
        request.host.stop_renewals(storage.home, None)
        if storage.backend_name == SEALED:
            return "this machine: the sealed vault is locked"
        return f"this machine: no sealed vault is unlocked; lock {storage.backend_name}, the vault in use, yourself"

    def stop() -> str:
        stop_agents(socket := find_socket(request.environ, ("agent",)), request.terminal.write)
        for folder in {find_folder(request.environ), os.path.dirname(socket)}:
            end_served(folder)
        return "this machine: the agent is stopped, and nothing is served or lent any more"

    steps = (
        (forget, "forgetting sessions", "shellvault clear"),
        (lock, "locking the vault", "shellvault lock"),
        (stop, "stopping the agent", "shellvault agent stop --force"),
    )
    for step, what, instead in steps:
        try:
            yield Outcome(step())
        except ShellvaultError as error:
            yield Outcome(f"this machine: {what}", error, instead)
