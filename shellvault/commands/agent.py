"""`agent`: shows, starts and stops the background process that answers for shells."""

from __future__ import annotations

import json

from shellvault import DONE, exchange, find_socket, unpack
from shellvault.agent.ending import describe_hung, end_if_hung
from shellvault.agent_contact import find_hung
from shellvault.argparser import COMMON, JSON, Command, Option
from shellvault.commands import VERBS
from shellvault.core.errors import UsageError, VaultUnavailableError
from shellvault.core.text import sanitize
from shellvault.request import Answer

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from shellvault.app import App
    from shellvault.argparser import Arguments
    from shellvault.request import Terminal

COMMAND = Command(
    "agent",
    VERBS["agent"],
    positionals=("[status|start|stop]",),
    options=(
        JSON,
        Option("--force", "stop it even if programs get their credentials from it", "-f"),
        Option("--unit", "print a systemd user unit that runs it"),
        Option("--plist", "print a launchd property list that runs it"),
        *COMMON,
    ),
    details="""\
  SHELLVAULT_AGENT=auto       the default: a shell's hook starts it, and `env`, `use`, `lend` and
                              --server from a terminal
  SHELLVAULT_AGENT=on         every command starts it
  SHELLVAULT_AGENT=off        nothing starts it; agent, clear, lock, remove, revoke and panic still
                              reach one that is running
  shellvault agent --unit \\
    > ~/.config/systemd/user/shellvault-agent.service
  systemctl --user enable --now shellvault-agent       after that: systemd starts it

Without an agent everything works, only more slowly.
""",
)

_ACTIONS = ("status", "start", "stop")


def run(app: App, arguments: Arguments) -> Answer:
    """Show, start or stop the agent, or print a file that supervises it."""
    action, environ = arguments.first or "status", app.request.environ
    if arguments.has("--unit") or arguments.has("--plist"):
        return _describe_service(environ, for_systemd=arguments.has("--unit"))
    if action not in _ACTIONS:
        raise _unknown_action(action)
    if action == "start":
        return _start(environ)
    path = find_socket(environ, ("agent",))
    if action == "stop":
        return _stop(path, app.request.terminal, is_forced=arguments.has("--force"))
    return _show(path, arguments)


def _describe_service(environ: Mapping[str, str], *, for_systemd: bool) -> Answer:
    from shellvault.agent.supervision import format_plist, format_unit

    return Answer(stdout=format_unit(environ) if for_systemd else format_plist(environ))


def _unknown_action(action: str) -> UsageError:
    from difflib import get_close_matches

    near = [each for each in _ACTIONS if each.startswith(action)] or get_close_matches(action, _ACTIONS, n=1)
    usage = f"shellvault agent {'|'.join(_ACTIONS)}"
    return UsageError(f"agent: unknown action '{action}'", f"did you mean {near[0]}? {usage}" if near else usage)


def _start(environ: Mapping[str, str]) -> Answer:
    from shellvault.agent.spawn import start_and_wait
    from shellvault.agent_contact import is_answering

    path = find_socket(environ)
    if not path:
        raise UsageError("the agent is turned off by SHELLVAULT_AGENT=off", "unset SHELLVAULT_AGENT")
    if is_answering(path):
        exchange(path, [b"status"])
        if pid := find_hung(path):
            raise VaultUnavailableError(describe_hung(pid), "shellvault agent stop kills it")
        return Answer(stdout="The agent is already running.\n")
    if start_and_wait(path, environ):
        return Answer(stdout="The agent is running.\n")
    raise VaultUnavailableError(
        "the agent does not start",
        f"check that only you have access to the folder of {path}, and that ulimit -n is at least 24",
    )


def _stop(path: str, terminal: Terminal, *, is_forced: bool) -> Answer:
    kind, body = exchange(path, [b"stop", b"force" if is_forced else b""])
    if end_if_hung(path, terminal.write):
        return Answer()
    if kind != DONE:
        return Answer(stdout="No agent is running.\n")
    if claims := [sanitize(claim.decode("utf-8", "replace")) for claim in unpack(body)]:
        raise UsageError(
            f"programs get their credentials from the agent: {', '.join(claims)}", "shellvault agent stop --force"
        )
    return Answer(stdout="The agent has stopped.\n")


def _show(path: str, arguments: Arguments) -> Answer:
    kind, body = exchange(path, [b"status"])
    if kind != DONE and arguments.has("--json"):
        return Answer(stdout="null\n")
    if kind != DONE:
        pid = find_hung(path)
        return Answer(stdout=f"{describe_hung(pid).capitalize()}.\n" if pid else "No agent is running.\n")
    text = unpack(body)[0].decode()
    return Answer(stdout=f"{text}\n" if arguments.has("--json") else _format(json.loads(text)))


def _format(found: Mapping[str, object]) -> str:
    memory = int(str(found["memory_kib"]))
    rows = {
        "agent": f"process {found['pid']}, since {found['since']}",
        **({"memory": f"{memory / 1024:.0f} MiB"} if memory else {}),
        "keeps": f"sessions in {found['keeps']}",
        "renews": _join(found["renews"]),
        "serves": _join(found["serves"]),
    }
    return "".join(f"{name:<11}{value}\n" for name, value in rows.items())


def _join(names: object) -> str:
    return ", ".join(sanitize(str(name)) for name in names) if isinstance(names, list) and names else "none"
