"""`env`: prints what puts a profile's session into the shell that evaluates it, or takes it out again."""

from __future__ import annotations

import os
import time

from shellvault import environment
from shellvault.chains.links import StoredKey
from shellvault.commands import Result
from shellvault.dialects import dialect
from shellvault.errors import UsageError, word
from shellvault.grammar import EVERYWHERE, MINTING, Command, Option
from shellvault.model import Session
from shellvault.shells import calling_shell
from shellvault.stores import stamps

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from shellvault.app import App
    from shellvault.chains.chain import Plan
    from shellvault.environment import Changes
    from shellvault.grammar import Arguments
    from shellvault.model import KeyPair

COMMAND = Command(
    "env",
    "print what puts a profile's session into this shell",
    positionals=("[PROFILE]",),
    options=(
        Option("--unset", "take the session out again, and restore what was there", "-u"),
        Option("--refresh", "only renew the session that this shell holds, as the hook does"),
        Option(
            "--shell", "whose language to print, where it is not found out by itself", "", "NAME", "SHELLVAULT_SHELL"
        ),
        Option(
            "--timeout",
            "with --refresh (10s) or --no-input: give up after so long",
            "",
            "TIME",
            "SHELLVAULT_TIMEOUT",
        ),
        Option("--process", "export no secret, only a profile through which SDKs ask shellvault (credential_process)"),
        Option("--reveal", "print even on a terminal"),
        *MINTING,
        *EVERYWHERE,
    ),
    details="""\
  eval "$(shellvault env prod)"       bash, zsh, sh, dash, ksh
  shellvault env prod | source        fish
  eval "$(shellvault env -)"          the profile before this one
  eval "$(shellvault env --unset)"    out again, everything as it was

If it fails, nothing in the shell changes and `eval` returns non-zero.
""",
    failure="false\n",
)


def run(app: App, arguments: Arguments) -> Result:
    """Return the statements."""
    shell = _shell(arguments)
    spoken = dialect(shell)
    if os.isatty(1) and not arguments.has("--reveal"):
        raise UsageError("this would show secrets on the terminal", f"{_line(shell, arguments)}   (or --reveal)")
    return Result(spoken.render(_changes(app, arguments, spoken.render)))


def _shell(arguments: Arguments) -> str:
    if found := arguments.get("--shell") or calling_shell():
        return found
    raise UsageError("cannot tell which shell this is for", "name it: shellvault env --shell bash …")


def _line(shell: str, arguments: Arguments) -> str:
    profile = word(arguments.first) if arguments.first else "PROFILE"
    words = f"shellvault env {'--unset' if arguments.has('--unset') else profile}"
    return f"{words} | source" if shell == "fish" else f'eval "$({words})"'


def _changes(app: App, arguments: Arguments, render: Callable[[Changes], str]) -> Changes:
    if arguments.has("--unset"):
        return _leave(app, arguments)
    if arguments.has("--refresh"):
        from shellvault.refresh import refresh  # the hook's business, and not on the warm path

        return refresh(app, arguments, COMMAND.failure)
    if arguments.has("--process"):
        from shellvault.process import enter_process

        return enter_process(app, _profile(app, arguments), arguments.get("--region"))
    return _enter(app, arguments, render)


def _enter(app: App, arguments: Arguments, render: Callable[[Changes], str]) -> Changes:
    name = _profile(app, arguments)
    plan = app.plan(name)
    region = arguments.get("--region") or plan.profile.get("region")
    stamp = stamps.path(app.environ, app.home, name)

    def changes(credentials: Session | KeyPair) -> Changes:
        return environment.enter(app.environ, name, credentials, region, stamp)

    credentials = _credentials(app, plan, arguments, lambda valid: render(changes(valid)))
    if isinstance(credentials, Session) and credentials.refresh_at > time.time():  # else the stamp knows better
        stamps.renewed(stamp, credentials)
    return changes(credentials)


def _credentials(app: App, plan: Plan, arguments: Arguments, render: Callable[[Session], str]) -> Session | KeyPair:
    if app.may_ask or not arguments.has("--timeout"):
        return app.credentials(plan)
    from shellvault.timelimit import TimeLimit

    def still_valid() -> str:
        valid = None if isinstance(plan.chain, StoredKey) else app.sessions().get(plan.chain.identity)
        return render(valid) if valid else ""

    with TimeLimit(arguments.get("--timeout"), COMMAND.failure, still_valid):
        return app.credentials(plan)


def _profile(app: App, arguments: Arguments) -> str:
    if arguments.first == "-":
        if previous := app.environ.get(environment.PREVIOUS):
            return previous
        raise UsageError("there was no other profile in this shell before", "shellvault env PROFILE")
    if arguments.first:
        return arguments.first
    raise UsageError("which profile?", "shellvault env PROFILE; shellvault list shows them")


def _leave(app: App, arguments: Arguments) -> Changes:
    if arguments.first:
        raise UsageError(
            f"--unset takes out whatever is in; '{arguments.first}' says nothing", "shellvault env --unset"
        )
    changes = environment.leave(app.environ)
    if not changes:
        app.notice("there is no session in this shell")
    return changes
