"""`env`: prints what puts a profile's session into the shell that evaluates it, or takes it out again."""

from __future__ import annotations

import time

from shellvault.argparser import COMMON, LAZY, PROCESS, SERVER, SESSION, Command, Option
from shellvault.core import environment
from shellvault.core.errors import UsageError
from shellvault.core.model import Session
from shellvault.request import Answer
from shellvault.shell.dialects import eval_line, find_dialect
from shellvault.storage import status_file

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from shellvault.app import App
    from shellvault.argparser import Arguments
    from shellvault.core.shell_memory import Changes


COMMAND = Command(
    "env",
    "print shell commands that load a profile's session",
    positionals=("[PROFILE]",),
    options=(
        Option("--unset", "take the session out again, and restore what was there", "-u"),
        Option("--refresh", "only renew this shell's session, as the hook does"),
        Option("--shell", "print commands for this shell, not the detected one", "", "NAME", "SHELLVAULT_SHELL"),
        Option(
            "--timeout",
            "give up on AWS after TIME (default 30s, with --refresh 10s)",
            "",
            "TIME",
            "SHELLVAULT_TIMEOUT",
            kind="duration",
        ),
        PROCESS,
        SERVER,
        LAZY,
        Option("--owner", "with --server: the process that the claim ends with, instead of this shell", value="PID"),
        Option("--reveal", "print even on a terminal"),
        *SESSION,
        *COMMON,
    ),
    details="""\
  eval "$(shellvault env prod)"       bash, zsh, sh, dash, ash, ksh, mksh
  shellvault env prod | source        fish
  eval "$(shellvault env -)"          back to the previous profile
  eval "$(shellvault env --unset)"    take it out again and restore what was there
  eval "$(shellvault env --process)"  no secret: programs ask for the profile that they use
  eval "$(shellvault env --server p)" no secret: programs ask an endpoint, until this shell ends

If it fails, nothing in the shell changes and `eval` returns non-zero.
""",
    failure="false\n",
    evaluated=True,
)


_MODES = frozenset({"--unset", "--refresh", "--process", "--server"})


def run(app: App, arguments: Arguments) -> Answer:
    """Return the statements."""
    settings, environ, terminal = app.settings, app.request.environ, app.request.terminal
    shell = settings.shell or _detect_shell(terminal.caller_pid)
    render = find_dialect(shell).render
    if terminal.stdout_is_tty and not arguments.has("--reveal"):
        raise UsageError("this would show secrets on the terminal", _eval_line(shell, app.request.words, arguments))
    if not _MODES.isdisjoint(arguments.options):
        return Answer(stdout=render(_changes_by_mode(app, arguments, shell)))
    word = arguments.positionals[0] if arguments.positionals else ""
    name = environ.get(environment.PREVIOUS, "") if word == "-" else word
    if not name:
        raise no_profile(word, eval_line(shell, "shellvault env PROFILE"))
    resolved = app.resolve(name)
    region = settings.region or resolved.profile.settings.get("region", "")
    reach = app.reach(resolved.profile)
    if not (settings.no_input and settings.timeout):
        found = app.credentials(resolved)
    else:
        from shellvault.commands.env_timeout import credentials_in_time  # for direnv, not on the warm path

        def write(cached: Session) -> str:
            status = status_file.find_path(settings.home, name)
            return render(environment.enter(environ, name, cached, region, status, resolved.endpoint, reach))

        found = credentials_in_time(app, resolved, COMMAND.failure, write)
    status = status_file.find_path(settings.home, name)
    if isinstance(found, Session) and found.refresh_at > time.time():  # else the status file knows better
        status_file.record_renewal(status, found)
    return Answer(stdout=render(environment.enter(environ, name, found, region, status, resolved.endpoint, reach)))


def _changes_by_mode(app: App, arguments: Arguments, shell: str) -> Changes:
    word, environ = arguments.first, app.request.environ
    if arguments.has("--unset"):
        return _leave(word, environ, app.ui.notice)
    if arguments.has("--refresh") and not arguments.has("--process"):
        from shellvault.commands.env_refresh import refresh_session

        return refresh_session(app, word, COMMAND.failure)
    from shellvault.commands.env_process import enter, refresh

    if arguments.has("--refresh"):
        refresh(environ, app.settings, lambda: app.profiles_for_programs(""))
        return {}
    name = environ.get(environment.PREVIOUS, "") if word == "-" else word
    mode = "--server" if arguments.has("--server") else "--process"
    if not name and (word == "-" or mode == "--server"):
        raise no_profile(word, eval_line(shell, f"shellvault env {mode} PROFILE"))
    if arguments.has("--server"):
        from shellvault.commands.env_server import enter as enter_endpoint
        from shellvault.commands.env_server import find_shell

        owner = find_shell(arguments.get("--owner"), app.request.terminal.caller_pid)
        return enter_endpoint(app, name, arguments, owner)
    return enter(name, environ, app.settings, app.profiles_for_programs(name), app.ui.notice)


def no_profile(word: str, line: str) -> UsageError:
    """Return the error for a missing profile, or for `-` if there was none before; `line` is what to type."""
    if word == "-":
        return UsageError("no previous profile in this shell", line)
    return UsageError("no profile given", f"{line}; shellvault list shows the profiles")


def _leave(word: str, environ: Mapping[str, str], notice: Callable[[str], None]) -> Changes:
    if word:
        raise UsageError("--unset takes no profile", "shellvault env --unset")
    changes = environment.leave(environ)
    if not changes:
        notice("no session in this shell")
    return changes


def _detect_shell(caller_pid: int) -> str:
    from shellvault.shell.shell_detection import detect_shell

    if found := detect_shell(caller_pid):
        return found
    raise UsageError("cannot detect the calling shell", "name it: shellvault env --shell bash …")


def _eval_line(shell: str, words: Sequence[str], arguments: Arguments) -> str:
    from shellvault.core.text import quote_word

    has_profile = arguments.first or not _MODES.isdisjoint(arguments.options)
    line = " ".join(["shellvault", *map(quote_word, words), *([] if has_profile else ["PROFILE"])])
    return f"{eval_line(shell, line)}   (or --reveal)"
