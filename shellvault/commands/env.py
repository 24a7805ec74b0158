"""`env`: prints what puts a profile's session into the shell that evaluates it, or takes it out again."""

from __future__ import annotations

import os
import time

from shellvault.argparser import EVERYWHERE, MINTING, Command, Option
from shellvault.commands import Answer
from shellvault.core import environment
from shellvault.core.chain.links import StoredKey
from shellvault.core.errors import UsageError, quote_word
from shellvault.core.model import Session
from shellvault.shell.dialects import dialect
from shellvault.shell.shell_detection import detect_shell
from shellvault.storage import status_file

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from shellvault.app import App
    from shellvault.argparser import Arguments
    from shellvault.core.chain.resolve import ResolvedChain
    from shellvault.core.environment import Changes
    from shellvault.core.model import KeyPair

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


def run(app: App, arguments: Arguments) -> Answer:
    """Return the statements."""
    shell = _shell(arguments)
    spoken = dialect(shell)
    if os.isatty(1) and not arguments.has("--reveal"):
        raise UsageError("this would show secrets on the terminal", f"{_line(shell, arguments)}   (or --reveal)")
    return Answer(spoken.render(_changes(app, arguments, spoken.render)))


def _shell(arguments: Arguments) -> str:
    if found := arguments.get("--shell") or detect_shell():
        return found
    raise UsageError("cannot tell which shell this is for", "name it: shellvault env --shell bash …")


def _line(shell: str, arguments: Arguments) -> str:
    profile = quote_word(arguments.first) if arguments.first else "PROFILE"
    words = f"shellvault env {'--unset' if arguments.has('--unset') else profile}"
    return f"{words} | source" if shell == "fish" else f'eval "$({words})"'


def _changes(app: App, arguments: Arguments, render: Callable[[Changes], str]) -> Changes:
    if arguments.has("--unset"):
        return _leave(app, arguments)
    if arguments.has("--refresh"):
        from shellvault.commands.env_refresh import refresh_session  # the hook's business, and not on the warm path

        return refresh_session(app, arguments, COMMAND.failure)
    if arguments.has("--process"):
        from shellvault.commands.env_process import enter_process

        return enter_process(app, _profile(app, arguments), arguments.get("--region"))
    return _enter(app, arguments, render)


def _enter(app: App, arguments: Arguments, render: Callable[[Changes], str]) -> Changes:
    name = _profile(app, arguments)
    plan = app.plan(name)
    region = arguments.get("--region") or plan.profile.get("region")
    stamp = status_file.path(app.environ, app.home, name)

    def changes(credentials: Session | KeyPair) -> Changes:
        return environment.enter(app.environ, name, credentials, region, stamp)

    credentials = _credentials(app, plan, arguments, lambda valid: render(changes(valid)))
    if isinstance(credentials, Session) and credentials.refresh_at > time.time():  # else the stamp knows better
        status_file.record_renewal(stamp, credentials)
    return changes(credentials)


def _credentials(
    app: App, plan: ResolvedChain, arguments: Arguments, render: Callable[[Session], str]
) -> Session | KeyPair:
    if app.may_ask or not arguments.has("--timeout"):
        return app.credentials(plan)
    from shellvault.system.deadline import Deadline

    def still_valid() -> str:
        valid = None if isinstance(plan.chain, StoredKey) else app.sessions().get(plan.chain.identity)
        return render(valid) if valid else ""

    with Deadline(arguments.get("--timeout"), COMMAND.failure, still_valid):
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
