"""`env`: prints what puts a profile's session into the shell that evaluates it, or takes it out again."""

from __future__ import annotations

import sys
import time

from shellvault.argparser import ANY_ROLE, ANY_SCOPE, COMMON, LAZY, PROCESS, SERVER, SESSION, Command, Option
from shellvault.commands import VERBS
from shellvault.core import environment
from shellvault.core.errors import NoProfileError, UsageError
from shellvault.core.model import Session
from shellvault.core.shell_memory import find_in_history, is_back
from shellvault.request import Answer
from shellvault.shell.dialects import DIALECTS, eval_line, failure_text, find_dialect
from shellvault.storage import status_file

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from shellvault.app import App
    from shellvault.argparser import Arguments
    from shellvault.core.shell_memory import Changes
    from shellvault.settings import Settings


COMMAND = Command(
    "env",
    VERBS["env"],
    positionals=("[PROFILE]",),
    options=(
        Option("--unset", "take the session out again, and restore what was there", "-u"),
        Option("--refresh", "only renew this shell's session, as the hook does"),
        Option(
            "--shell",
            "print commands for this shell, not the detected one",
            "",
            "NAME",
            "SHELLVAULT_SHELL",
            offers="|".join(DIALECTS),
        ),
        Option(
            "--timeout",
            "give up on AWS after TIME (default 30s, with --refresh 10s)",
            "",
            "TIME",
            "SHELLVAULT_TIMEOUT",
            kind="duration",
            offers="3s|10s|30s|1m",
        ),
        PROCESS,
        SERVER,
        LAZY,
        Option("--owner", "with --server: stop serving when this process ends, not when this shell does", value="PID"),
        Option("--reveal", "print even on a terminal"),
        *ANY_ROLE,
        *ANY_SCOPE,
        *SESSION,
        *COMMON,
    ),
    details="""\
  eval "$(shellvault env prod)"       bash, zsh, sh, dash, ash, ksh, mksh, yash
  shellvault env prod | source        fish
  eval "`shellvault env prod`"        tcsh
  eval (shellvault env prod | slurp)  elvish
  exec($(shellvault env prod))        xonsh
  shellvault env prod | from json | load-env                 nushell
  shellvault env prod | Out-String | Invoke-Expression       PowerShell
  eval "$(shellvault env -)"          back to the previous profile; -2 is the one before that
  eval "$(shellvault env dev --role-arn ARN)"                a role without a profile
  eval "$(shellvault env --sso corp --account 123456789012 --role Ops)"
  eval "$(shellvault env --unset)"    take it out again and restore what was there
  eval "$(shellvault env --process)"  no secret: programs ask for the profile that they use
  eval "$(shellvault env --server p)"  no secret: programs ask an endpoint, until this shell ends

If it fails, nothing in the shell changes and `eval` returns non-zero.
""",
    failure="false\n",
    evaluated=True,
    offers_profiles=True,
)


_NAME_IT = f"name it: shellvault env --shell {'powershell' if sys.platform == 'win32' else 'bash'} …"
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
    name = arguments.positionals[0] if arguments.positionals else ""
    if not name or name[0] == "-" or settings.choice:
        name = find_name(name, environ, settings, eval_line(shell, "shellvault env PROFILE"))
    resolved = app.resolve(name)
    region = settings.region or resolved.profile.settings.get("region", "")
    about = app.variables(resolved)
    if not (settings.no_input and settings.timeout):
        found = app.credentials(resolved)
    else:
        from shellvault.commands.env_timeout import credentials_in_time  # for direnv, not on the warm path

        def write(cached: Session) -> str:
            status = status_file.find_path(settings.home, name, about.get(environment.VIA, ""))
            return render(environment.enter(environ, name, cached, region, status, resolved.endpoint, about))

        found = credentials_in_time(app, resolved, failure_text(shell), write)
    status = status_file.find_path(settings.home, name, about.get(environment.VIA, ""))
    if isinstance(found, Session) and found.refresh_at > time.time():  # else the status file knows better
        status_file.record_renewal(status, found)
    return Answer(stdout=render(environment.enter(environ, name, found, region, status, resolved.endpoint, about)))


def _changes_by_mode(app: App, arguments: Arguments, shell: str) -> Changes:
    word, environ = arguments.first, app.request.environ
    if arguments.has("--unset"):
        changes = _leave(word, environ, app.ui.notice)
        if environment.BENEATH not in environ:
            return changes
        from shellvault.commands.env_process import enter_again

        return enter_again(environ, changes, app.settings, app.profiles_for_programs, app.ui.notice)
    if arguments.has("--refresh") and not arguments.has("--process"):
        from shellvault.commands.env_refresh import refresh_session

        return refresh_session(app, word, COMMAND.failure)
    from shellvault.commands.env_process import enter, refresh

    if arguments.has("--refresh"):
        refresh(environ, app.settings, lambda: app.profiles_for_programs(""))
        return {}
    mode = "--server" if arguments.has("--server") else "--process"
    is_whole_config = mode == "--process" and not word
    line = eval_line(shell, f"shellvault env {mode} PROFILE")
    name = "" if is_whole_config else find_name(word, environ, app.settings, line)
    if arguments.has("--server"):
        from shellvault.commands.env_server import enter as enter_endpoint
        from shellvault.commands.env_server import find_shell

        owner = find_shell(arguments.get("--owner"), app.request.terminal.caller_pid)
        return enter_endpoint(app, name, arguments, owner)
    return enter(name, environ, app.settings, app.profiles_for_programs(name), app.ui.notice)


def find_name(word: str, environ: Mapping[str, str], settings: Settings, line: str) -> str:
    """Return the profile that a command line means: `-` is the one before, and options may choose a role.

    Raises:
        UsageError: there is none; `line` is what to type.
    """
    history = environ.get(environment.PREVIOUS, "")
    if name := settings.choose_name(find_in_history(history, word)[0] if is_back(word) else word):
        return name
    if is_back(word):
        raise UsageError(f"no {'previous profile' if word == '-' else f'profile {word}'} in this shell", line)
    raise NoProfileError("no profile given", f"{line}; shellvault list shows the profiles")


def _leave(word: str, environ: Mapping[str, str], notice: Callable[[str], None]) -> Changes:
    if word:
        raise UsageError("--unset takes no profile", "shellvault env --unset")
    changes = environment.leave(environ)
    if not changes:
        notice("no session in this shell")
    return changes


def _detect_shell(caller_pid: int) -> str:
    from shellvault.shell.shell_detection import CMD, detect_shell

    found = detect_shell(caller_pid)
    if found in DIALECTS:
        return found
    if not found:
        raise UsageError("cannot detect the calling shell", _NAME_IT)
    hint = "" if found == CMD else "; or, if it reads what sh reads: shellvault env --shell sh …"
    raise UsageError(f"no dialect for the calling shell, {found!r}", f"shellvault exec PROFILE -- {found}{hint}")


def _eval_line(shell: str, words: Sequence[str], arguments: Arguments) -> str:
    from shellvault.core.text import quote_word

    has_profile = arguments.first or not _MODES.isdisjoint(arguments.options)
    line = " ".join(["shellvault", *map(quote_word, words), *([] if has_profile else ["PROFILE"])])
    return f"{eval_line(shell, line)}   (or --reveal)"
