"""Starts an agent that outlives this process: detached, without its streams, and in an environment of its own."""

from __future__ import annotations

import os
import time

from shellvault import VERBS
from shellvault.agent_contact import is_answering
from shellvault.system.own_program import find_module_program

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

MODULE = "shellvault.agent.process"
"""What an agent runs; the argument is the path of its socket."""
LOADS_AHEAD = "--ahead"
"""Lets it load what the first AWS call will need, once the machine is idle."""
LEAVES = "--leave"
"""Makes it exit after its last claim, so that a build leaves nothing running."""
STAYS = "--stay"
"""Keeps it running even when idle, for supervisors such as systemd."""

_INTERACTIVE = frozenset(("env", "hook", "use"))  # these start an agent when run from a terminal
_LONGEST_START = 2.0  # seconds
_PAUSE = 0.01
_KEPT = (
    *("HOME", "PATH", "TMPDIR", "XDG_RUNTIME_DIR", "XDG_DATA_HOME", "SHELLVAULT_HOME"),
    *("DBUS_SESSION_BUS_ADDRESS", "DISPLAY", "WAYLAND_DISPLAY", "XAUTHORITY"),
)
"""The variables that an agent gets: where its user's files are, and the bus and display of their keyring."""

LOCALE = {"LC_ALL": "C.UTF-8"}
"""Makes an agent use UTF-8, whatever locale it was started in."""


def start_if_wanted(verb: str, environ: Mapping[str, str], path: str, *, on_terminal: bool) -> None:
    """Start an agent after a command, if that command should have one and none is running.

    A process without a terminal starts none, unless SHELLVAULT_AGENT is `on`: a build leaves nothing behind.
    """
    always = environ.get("SHELLVAULT_AGENT") == "on"
    wanted = verb in VERBS | _INTERACTIVE if always else verb in _INTERACTIVE and on_terminal
    if path and wanted and not is_answering(path):
        start_agent(path, environ, *([LOADS_AHEAD] if verb == "hook" else []))


def start_and_wait(path: str, environ: Mapping[str, str], *, leaves: bool = False) -> bool:
    """Start the agent of a socket, and return whether it answers within two seconds; for `leaves` see `LEAVES`."""
    start_agent(path, environ, *([LEAVES] if leaves else []))
    end = time.monotonic() + _LONGEST_START
    while not is_answering(path):
        if time.monotonic() > end:
            return False
        time.sleep(_PAUSE)
    return True


def start_agent(path: str, environ: Mapping[str, str], *options: str) -> None:
    """Start an agent for a socket without waiting for it; it exits at once if another one is running."""
    if pid := os.fork():
        os.waitpid(pid, 0)
        return
    try:
        os.setsid()
        if not os.fork():
            _become_agent(path, environ, options)
    finally:
        os._exit(0)


def _become_agent(path: str, environ: Mapping[str, str], options: Sequence[str]) -> None:
    nowhere = os.open(os.devnull, os.O_RDWR)
    for stream in range(3):  # whoever reads what we print must not wait for the agent
        os.dup2(nowhere, stream)
    for descriptor in _list_descriptors():
        os.set_inheritable(descriptor, False)  # noqa: FBT003 - its only argument
    words = [*find_module_program(MODULE), path, *options]
    variables = {name: environ[name] for name in _KEPT if name in environ} | LOCALE
    os.execve(words[0], words, variables)  # noqa: S606


def _list_descriptors() -> list[int]:
    """Return the open descriptors besides the streams: direnv, for one, waits until every copy of its own is closed."""
    for folder in ("/proc/self/fd", "/dev/fd"):
        try:
            found = map(int, os.listdir(folder))
        except OSError:
            continue
        return [descriptor for descriptor in found if descriptor > 2 and _is_open(descriptor)]  # noqa: PLR2004
    return []


def _is_open(descriptor: int) -> bool:
    try:
        os.fstat(descriptor)
    except OSError:  # the one that listed the folder
        return False
    return True
