"""`each`: runs a command once for each of many profiles and regions, side by side, each time with its own session."""

from __future__ import annotations

import gc
import sys

from shellvault.argparser import ANY_ROLE, ANY_SCOPE, COMMON, JSON, SESSION, Command, Option
from shellvault.commands import VERBS
from shellvault.commands.each_report import EachRun, format_summary
from shellvault.core.errors import CancelledError, DeclinedError, NotAskedError, ShellvaultError, UsageError
from shellvault.core.patterns import DANGER, is_dangerous, select_matching
from shellvault.core.text import abbreviate_names, count, format_error, quote_word
from shellvault.own_process import KILLED_BY_SIGPIPE
from shellvault.request import Answer

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from shellvault.app import App
    from shellvault.argparser import Arguments
    from shellvault.commands.each_output import EachOutput, Write
    from shellvault.commands.each_sessions import EachSessions
    from shellvault.commands.each_terminal import EachTerminal
    from shellvault.settings import Settings
    from shellvault.system.child_guard import ChildGuard
    from shellvault.ui.user_interface import Ui

_JOBS = 8

COMMAND = Command(
    "each",
    VERBS["each"],
    positionals=("PATTERN", "[PATTERN …]"),
    options=(
        Option("--regions", "run once in each of these regions, separated by commas", "", "R,…"),
        Option("--jobs", f"how many run at a time (default {_JOBS})", "", "N", "SHELLVAULT_JOBS", kind="jobs"),
        JSON.replace(help="print a JSON object for each run, one per line, as they end"),
        Option("--group", "print the output of each run in one piece, in the order of the profiles"),
        Option("--yes", "do not ask about profiles that match SHELLVAULT_DANGER"),
        *ANY_SCOPE,
        *SESSION,
        *COMMON,
    ),
    details="""\
  shellvault each 'dev-*' -- aws s3 ls
  shellvault each 'team-*' ops --regions eu-west-1,us-east-1 -- CMD
  shellvault each --json '*' -- aws iam list-account-aliases

A pattern is a shell's: * stands for any text, ? for one character. The exit status is the highest of all runs.
""",
    rest=True,
)


def run(app: App, arguments: Arguments) -> Answer:
    """Run the command for each profile, print what it prints, and return what is left to say."""
    from shellvault.commands.each_sessions import EachSessions
    from shellvault.commands.each_terminal import EachTerminal
    from shellvault.system.child_guard import ChildGuard

    _refuse_roles(app.request.environ)
    jobs, regions = int(arguments.get("--jobs") or _JOBS), _read_regions(arguments)
    arguments = _find_command(arguments, app.request.environ)
    gc.enable()  # short commands run without it
    with ChildGuard() as guard:
        terminal = EachTerminal(app.request.terminal)
        request = app.request.replace(terminal=terminal)
        asking = type(app)(request, app.settings)

        def source(settings: Settings) -> App:
            return type(app)(request, settings, asking)

        sessions = EachSessions(source, app.settings, request.environ, arguments.rest[0])
        names = _choose_names(asking.profiles.names(), arguments.positionals, sessions, asking.ui)
        runs = _list_runs(names, regions, app.settings.region, sessions)
        danger = request.environ.get("SHELLVAULT_DANGER", DANGER)
        if not arguments.has("--yes") and (dangerous := [name for name in names if is_dangerous(name, danger)]):
            _confirm(dangerous, len(names), request.words, arguments.rest, asking.ui)
        sessions.ask()
        terminal.is_running = True
        return _run_all(runs, arguments, jobs, sessions, terminal, guard)


def _find_command(arguments: Arguments, environ: Mapping[str, str]) -> Arguments:
    """Return the command line with a command that can be run; on Windows, with its file, which PATH alone does not say.

    Raises:
        ShellvaultError: there is none, or the options contradict each other.
    """
    from shellvault.exec_program import require_program

    if not arguments.rest:
        raise UsageError("no command given", "shellvault each PATTERN -- COMMAND")
    if arguments.has("--json") and arguments.has("--group"):
        raise UsageError("--json and --group are two ways to print", "choose one of them")
    name, *words = arguments.rest
    file = require_program(name, environ)
    return arguments.replace(rest=(file, *words)) if sys.platform == "win32" else arguments


def _refuse_roles(environ: Mapping[str, str]) -> None:
    """Refuse variables that choose one role: the runs would not have it."""
    if variable := next((option.variable for option in ANY_ROLE if environ.get(option.variable)), ""):
        raise UsageError(f"{variable} chooses one role, and each uses the profiles' own", f"unset {variable}")


def _read_regions(arguments: Arguments) -> list[str]:
    from shellvault.core.option_values import check_region

    text = arguments.options.get("--regions")
    if text is None:
        return []
    if arguments.has("--region") and "--region" not in arguments.variables:
        raise UsageError("--region and --regions contradict each other", "leave out --region")
    regions = list(dict.fromkeys(filter(None, map(str.strip, text.split(",")))))
    if not regions:
        raise UsageError("--regions: no region is given", "use a name such as eu-west-1")
    for region in regions:
        check_region(region, "--regions")
    return regions


def _choose_names(names: Sequence[str], patterns: Sequence[str], sessions: EachSessions, ui: Ui) -> list[str]:
    """Return the profiles to run in.

    Raises:
        NoSuchProfileError: a pattern matches nothing.
        UsageError: only profiles without credentials match.
    """
    matching = select_matching(names, patterns)
    chosen = sessions.resolve(matching, patterns)
    if not chosen:
        hint = "shellvault list shows profiles and key pairs"
        raise UsageError("no matching profile leads to credentials", hint).lacks(patterns[0])
    if skipped := [name for name in matching if name not in set(chosen)]:
        ui.notice(f"skipped, because they have no credentials: {', '.join(skipped)}")
    return chosen


def _list_runs(names: Sequence[str], regions: Sequence[str], region: str, sessions: EachSessions) -> list[EachRun]:
    if regions:
        return [EachRun(name, one, names_region=True) for name in names for one in regions]
    return [EachRun(name, region or sessions.find_region(name)) for name in names]


def _confirm(dangerous: Sequence[str], total: int, words: Sequence[str], command: Sequence[str], ui: Ui) -> None:
    marked = f"SHELLVAULT_DANGER marks {len(dangerous)} of {count(total, 'profile')}"
    verb = words.index(COMMAND.name) + 1
    line = " ".join(map(quote_word, ("shellvault", *words[:verb], "--yes", *words[verb:])))
    where = f"in {'all ' * (total > 1)}{count(total, 'profile')}"
    question, about = f"Run {' '.join(map(quote_word, command))} {where}?", [f"{marked}: {', '.join(dangerous)}"]
    try:
        if not ui.confirm(question, about, line):
            raise DeclinedError("nothing was run")
    except NotAskedError as error:
        reason = f"{marked} ({abbreviate_names(dangerous)}), so each asks first: {error.message}"
        raise NotAskedError(reason, error.hint) from error


def _run_all(
    runs: Sequence[EachRun],
    arguments: Arguments,
    jobs: int,
    sessions: EachSessions,
    terminal: EachTerminal,
    guard: ChildGuard,
) -> Answer:
    from shellvault.agent.workers import Workers
    from shellvault.system.parallel_programs import ParallelPrograms

    def enter(index: int) -> dict[str, str]:
        return sessions.enter(runs[index].profile, runs[index].region)

    def write(stream: int, data: bytes) -> None:
        terminal.pass_on(stream, data, programs.is_ending)

    output = _choose_output(runs, arguments, sessions, write, terminal)
    programs = ParallelPrograms(arguments.rest, enter, Workers().start, output, guard)
    try:
        number = programs.run(len(runs), jobs)
        output.close()
    except BrokenPipeError:  # as when `head` has seen enough
        return Answer(KILLED_BY_SIGPIPE)
    except OSError as error:
        raise ShellvaultError(f"the output cannot be written: {error.strerror}", "check where it goes") from error
    finally:
        terminal.show_progress("")
    if number:
        return _explain_end(number, len(output.statuses), len(runs))
    summary = format_summary(runs, output.statuses, tells_success=terminal.stderr_is_tty)
    return Answer(max(output.statuses.values()), stderr=summary)


def _choose_output(
    runs: Sequence[EachRun],
    arguments: Arguments,
    sessions: EachSessions,
    write: Write,
    terminal: EachTerminal,
) -> EachOutput:
    from shellvault.commands.each_output import EachOutput, GroupedOutput, JsonOutput

    if arguments.has("--json"):
        find_account, ascii_only = sessions.accounts.get, terminal.stdout_is_tty
        return JsonOutput(runs, write, terminal.show_progress, find_account, ascii_only=ascii_only)
    return (GroupedOutput if arguments.has("--group") else EachOutput)(runs, write, terminal.show_progress)


def _explain_end(number: int, ended: int, total: int) -> Answer:
    """Return the answer after a signal has ended the runs."""
    begun = f"{ended} of {count(total, 'run')} had begun, and {'has' if ended == 1 else 'have'} ended"
    error = CancelledError(f"interrupted: {begun}" if ended else "interrupted before any run had begun")
    return Answer(128 + number, stderr=format_error(error))
